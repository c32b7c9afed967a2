// SPDX-License-Identifier: Apache-2.0
#include "base/disk.h"
#include "cli/client_context.h"
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

// Changes the file's contexts with `change` and writes them back.
Result<> change_contexts(const std::function<Result<>(ClientContexts&)>& change) {
  MOBILAKE_ASSIGN(const std::string path, contexts_path());
  MOBILAKE_ASSIGN(ClientContexts contexts, read_contexts(base::system_disk(), path));
  MOBILAKE_TRY(change(contexts));
  return write_contexts(base::system_disk(), path, contexts);
}

Result<> add_context(Session& session, const std::string& name) {
  if (session.server.empty() || session.token.empty())
    return invalid("a context needs --server URL and --token @FILE");
  std::string token = session.token;
  if (token == "-" || token.starts_with('@')) {
    MOBILAKE_ASSIGN(token, read_secret(token == "-" ? token : token.substr(1)));
  }
  return change_contexts([&](ClientContexts& contexts) -> Result<> {
    contexts.by_name[name] = {session.server, token};
    if (contexts.current.empty()) contexts.current = name;
    return {};
  });
}

Result<> use_context(const std::string& name) {
  return change_contexts([&](ClientContexts& contexts) -> Result<> {
    if (!contexts.by_name.contains(name)) return not_found("there is no context \"{}\"", name);
    contexts.current = name;
    return {};
  });
}

Result<> remove_context(const std::string& name) {
  return change_contexts([&](ClientContexts& contexts) -> Result<> {
    if (contexts.by_name.erase(name) == 0) return not_found("there is no context \"{}\"", name);
    if (contexts.current == name) contexts.current.clear();
    return {};
  });
}

// Tokens are not shown.
Result<> list_contexts(Session& session) {
  MOBILAKE_ASSIGN(const std::string path, contexts_path());
  MOBILAKE_ASSIGN(const ClientContexts contexts, read_contexts(base::system_disk(), path));
  nlohmann::ordered_json items = nlohmann::ordered_json::array();
  for (const auto& [name, context] : contexts.by_name)
    items.push_back(
        {{"name", name}, {"server", context.server}, {"current", name == contexts.current}});
  print_items(session, items, {{"NAME", "name"}, {"SERVER", "server"}, {"CURRENT", "current"}});
  return {};
}

}  // namespace

void add_context_verbs(CLI::App& root, Session& session) {
  const auto name = std::make_shared<std::string>();
  CLI::App* noun =
      add_command(root, "context", "Contexts: servers and tokens under a name",
                  "mobilake context add prod --server https://lake:8400 --token @ada.token\n"
                  "mobilake context use prod\n"
                  "mobilake context ls");
  noun->require_subcommand(1);
  const auto add = [&](const char* verb, const char* about, const char* examples,
                       std::function<Result<>()> run) {
    CLI::App* command = add_command(*noun, verb, about, examples);
    command->add_option("NAME", *name, "its name")->required();
    command->callback([&session, run = std::move(run)] { session.action = run; });
  };
  add("add", "Add or replace a context",
      "mobilake context add prod --server https://lake:8400 --token @ada.token\n"
      "mobilake context add here --server http://127.0.0.1:8400 --token @data/admin.token\n"
      "mobilake context add prod --server https://lake:8400 --token - < ada.token",
      [&session, name] { return add_context(session, *name); });
  add("use", "Choose the context to speak to",
      "mobilake context use prod\n"
      "mobilake context use here && mobilake status\n"
      "mobilake --context prod status",
      [name] { return use_context(*name); });
  add("rm", "Forget a context",
      "mobilake context rm prod\n"
      "mobilake context rm here\n"
      "mobilake context ls && mobilake context rm prod",
      [name] { return remove_context(*name); });
  CLI::App* list = add_command(*noun, "ls", "List contexts",
                               "mobilake context ls\n"
                               "mobilake context ls -o json\n"
                               "mobilake context ls | grep true");
  list->callback([&session] { session.action = [&session] { return list_contexts(session); }; });
}

}  // namespace mobilake::cli

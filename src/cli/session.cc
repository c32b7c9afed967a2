// SPDX-License-Identifier: Apache-2.0
#include "cli/session.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/disk.h"
#include "cli/client_context.h"

namespace mobilake::cli {
namespace {

constexpr std::string_view kDefaultServer = "http://127.0.0.1:8400";

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  return text;
}

}  // namespace

Result<std::string> read_secret(const std::string& path) {
  if (path == "-") return trimmed(std::string(std::istreambuf_iterator<char>(std::cin), {}));
  MOBILAKE_ASSIGN(std::string text,
                  base::system_disk().read_file(std::filesystem::absolute(path).string()));
  return trimmed(std::move(text));
}

Result<> Session::resolve() {
  MOBILAKE_ASSIGN(const std::string path, contexts_path());
  MOBILAKE_ASSIGN(const ClientContexts contexts, read_contexts(base::system_disk(), path));
  const std::string& name = context.empty() ? contexts.current : context;
  const auto chosen = contexts.by_name.find(name);
  if (!context.empty() && chosen == contexts.by_name.end())
    return not_found("there is no context \"{}\"; see: mobilake context ls", context);
  if (chosen != contexts.by_name.end()) {
    if (token.empty() && (server.empty() || server == chosen->second.server))
      token = chosen->second.token;
    if (server.empty()) server = chosen->second.server;
  }
  if (server.empty()) server = kDefaultServer;
  if (server.find("://") == std::string::npos) server = "http://" + server;
  while (server.ends_with('/'))
    server.pop_back();
  if (token == "-") {
    MOBILAKE_ASSIGN(token, read_secret("-"));
  } else if (token.starts_with('@')) {
    MOBILAKE_ASSIGN(token, read_secret(token.substr(1)));
  }
  return {};
}

Result<std::string> Session::resolved_server() {
  MOBILAKE_TRY(resolve());
  return server;
}

Result<ApiClient*> Session::api() {
  if (api_.has_value()) return &*api_;
  MOBILAKE_TRY(resolve());
  if (token.empty())
    return unauthenticated(
        "no token for {}: set MOBILAKE_TOKEN, or give --token @FILE\n"
        "(the first administrator's stands in DIR/admin.token), or add a context:\n"
        "mobilake context add NAME --server URL --token @FILE",
        server);
  api_.emplace(*http_, server, token);
  return &*api_;
}

Result<> Session::check_output(const std::vector<std::string_view>& formats) const {
  if (output.empty() || std::find(formats.begin(), formats.end(), output) != formats.end())
    return {};
  return invalid("-o is one of {}, this is \"{}\"", fmt::join(formats, ", "), output);
}

void Session::print_json(const std::string& text) {
  const auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
  if (parsed.is_discarded())
    out << text << '\n';
  else
    out << parsed.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

}  // namespace mobilake::cli

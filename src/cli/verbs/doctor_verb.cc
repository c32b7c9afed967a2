// SPDX-License-Identifier: Apache-2.0
#include "base/disk.h"
#include "cli/client_context.h"
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

using nlohmann::ordered_json;

/// The columns before the detail of a check.
constexpr std::size_t kBesideDetail = 21;

void add_check(ordered_json& checks, const std::string& name, const Result<>& outcome,
               const std::string& detail) {
  checks.push_back({{"name", name},
                    {"ok", outcome.ok()},
                    {"detail", outcome.ok() ? detail : outcome.error().message}});
}

Result<> check_contexts() {
  MOBILAKE_ASSIGN(const std::string path, contexts_path());
  MOBILAKE_TRY(read_contexts(base::system_disk(), path));
  return {};
}

Result<> check_server(Session& session) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string text, api->get("/api/v1/status"));
  MOBILAKE_ASSIGN(const auto status, parse_answer(text));
  const std::string version = cell_text(status.value("version", ordered_json()));
  if (version != program_version())
    return conflict("the server is version {}, this program {}", version, program_version());
  const auto log = status.find("log");
  if (log != status.end() && log->is_object() && log->contains("refusal"))
    return unavailable("the server refuses to write: {}", cell_text((*log)["refusal"]));
  return {};
}

Result<> examine(Session& session, const std::string& data_dir) {
  ordered_json checks = ordered_json::array();
  add_check(checks, "contexts", check_contexts(), "readable");
  if (data_dir.empty()) {
    add_check(checks, "server", check_server(session), "answers, same version, takes data");
  } else if (!session.hooks.doctor) {
    return unsupported("this program cannot look at a data folder by itself");
  } else {
    MOBILAKE_ASSIGN(const std::string text, session.hooks.doctor(data_dir));
    MOBILAKE_ASSIGN(const auto more, parse_answer(text));
    for (const auto& check : more.value("checks", ordered_json::array()))
      checks.push_back(check);
  }
  bool healthy = true;
  for (const auto& check : checks)
    healthy = healthy && check.value("ok", false);
  if (!healthy) session.exit_code = 1;
  if (session.json()) {
    session.print_json(ordered_json({{"healthy", healthy}, {"checks", checks}}).dump());
    return {};
  }
  for (const auto& check : checks) {
    std::string detail = check.value("detail", "");
    for (std::size_t at = detail.find('\n'); at != detail.npos; at = detail.find('\n', at + 1))
      detail.insert(at + 1, kBesideDetail, ' ');
    session.out << fmt::format("{}  {:<12}  {}\n", check.value("ok", false) ? "ok   " : "wrong",
                               check.value("name", ""), detail);
  }
  return {};
}

}  // namespace

void add_doctor_verb(CLI::App& root, Session& session) {
  const auto data_dir = std::make_shared<std::string>();
  CLI::App* verb = add_command(root, "doctor", "Look for what is wrong, and say what to do",
                               "mobilake doctor\n"
                               "mobilake doctor --data-dir /srv/mobilake\n"
                               "mobilake doctor -o json");
  verb->add_option("--data-dir", *data_dir, "a data folder that no server holds");
  verb->callback([&session, data_dir] {
    session.action = [&session, data_dir] { return examine(session, *data_dir); };
  });
}

}  // namespace mobilake::cli

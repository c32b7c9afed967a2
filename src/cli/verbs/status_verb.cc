// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

// Prints nested objects as "log.records  17", which fits a terminal better than JSON.
void print_fields(Session& session, const nlohmann::ordered_json& fields,
                  const std::string& prefix) {
  for (const auto& [name, value] : fields.items()) {
    if (value.is_object())
      print_fields(session, value, prefix + name + ".");
    else if (!value.is_array())
      session.out << fmt::format("{:<24}  {}\n", prefix + name, cell_text(value));
  }
}

Result<> show_status(Session& session) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string text, api->get("/api/v1/status"));
  MOBILAKE_ASSIGN(const auto status, parse_answer(text));
  if (session.json()) {
    session.print_json(text);
    return {};
  }
  print_fields(session, status, "");
  const auto tables = status.find("tables");
  if (tables != status.end() && tables->is_array() && !tables->empty()) {
    session.out << '\n';
    print_items(session, *tables, {{"TABLE", "name"}, {"ROWS", "rows"}, {"LAG_MS", "lag_ms"}});
  }
  return {};
}

}  // namespace

void add_status_verb(CLI::App& root, Session& session) {
  CLI::App* verb = add_command(root, "status", "Show how the server is doing",
                               "mobilake status\n"
                               "mobilake status -o json\n"
                               "mobilake --context prod status");
  verb->callback([&session] { session.action = [&session] { return show_status(session); }; });
}

}  // namespace mobilake::cli

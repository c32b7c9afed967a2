// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

Result<> list_tables(Session& session) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const auto items, all_items(*api, "/api/v1/tables"));
  print_items(session, items,
              {{"NAME", "name"}, {"ROWS", "rows"}, {"FILES", "files"}, {"BYTES", "bytes"}});
  return {};
}

Result<> show_table(Session& session, const std::string& name) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer, api->get("/api/v1/tables/" + escape_url(name)));
  MOBILAKE_ASSIGN(auto table, parse_answer(answer));
  if (session.json()) {
    print_thing(session, table);
    return {};
  }
  const nlohmann::ordered_json schema = table.value("schema", nlohmann::ordered_json::array());
  table.erase("schema");
  print_thing(session, table);
  session.out << '\n';
  print_items(
      session, schema,
      {{"ID", "id"}, {"COLUMN", "name"}, {"TYPE", "type"}, {"UNIT", "unit"}, {"ABOUT", "doc"}});
  return {};
}

}  // namespace

void add_table_verbs(CLI::App& root, Session& session) {
  const auto name = std::make_shared<std::string>();
  CLI::App* noun = add_command(root, "table", "Tables: what can be queried",
                               "mobilake table ls\n"
                               "mobilake table show vehicle.telemetry.signals\n"
                               "mobilake table show vehicle.telemetry.signals -o json");
  noun->require_subcommand(1);
  CLI::App* list = add_command(*noun, "ls", "List tables",
                               "mobilake table ls\n"
                               "mobilake table ls -o json\n"
                               "mobilake --context prod table ls");
  list->callback([&session] { session.action = [&session] { return list_tables(session); }; });
  CLI::App* show = add_command(*noun, "show", "Show a table's schema and its snapshot",
                               "mobilake table show vehicle.telemetry.signals\n"
                               "mobilake table show vehicle.telemetry.signals -o json\n"
                               "mobilake table show system.conservation");
  show->add_option("TABLE", *name, "account.namespace.table")->required();
  show->callback([&session, name] {
    session.action = [&session, name] { return show_table(session, *name); };
  });
}

}  // namespace mobilake::cli

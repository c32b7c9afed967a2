// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "govern/resource.h"
#include "serve/http/inside/paging.h"
#include "serve/http/resources/resources.h"

namespace mobilake::serve {
namespace {

using model::Action;

constexpr std::string_view kList = "tables";
// Counts are missing where the caller sees some rows only, and of tables that are computed.
constexpr std::string_view kCountProperties = R"(
    "name":{"type":"string"},"rows":{"type":"integer"},"files":{"type":"integer"},
    "bytes":{"type":"integer"},
    "snapshot_id":{"type":["string","null"],"description":"64 bits, as text"})";

std::string item_schema() {
  return fmt::format(R"({{"type":"object","required":["name"],"properties":{{{}}}}})",
                     kCountProperties);
}

std::string table_schema() {
  return fmt::format(
      R"({{"type":"object","required":["name","schema","partitioned_by","sorted_by"],)"
      R"("properties":{{{},"metadata_location":{{"type":"string"}},)"
      R"("schema":{{"type":"array","items":{{"type":"object","required":["id","name","type"],)"
      R"("properties":{{"id":{{"type":"integer"}},"name":{{"type":"string"}},)"
      R"("type":{{"type":"string"}},"required":{{"type":"boolean"}},"unit":{{"type":"string"}},)"
      R"("doc":{{"type":"string"}}}}}}}},)"
      R"("partitioned_by":{{"type":"array","items":{{"type":"string"}}}},)"
      R"("sorted_by":{{"type":"array","items":{{"type":"string"}}}}}}}})",
      kCountProperties);
}

query::SystemTable* system_table(DoorState& state, const model::TableName& name) {
  if (name.account != "system" || name.name_space != "main") return nullptr;
  for (query::SystemTable* table : state.parts.system_tables)
    if (table->name() == name.table) return table;
  return nullptr;
}

void add_counts(Json& json, const model::Permit& permit, const catalog::TableState& table) {
  // Counts of all rows would tell what a row filter hides.
  if (govern::row_scope(permit).has_value()) return;
  json["rows"] = table.row_count;
  json["files"] = table.file_count;
  json["bytes"] = table.size_bytes;
  json["snapshot_id"] = table.snapshot.has_value()
                            ? Json(fmt::format("{}", table.snapshot->snapshot_id))
                            : Json(nullptr);
}

Json column_json(const formats::Field& field) {
  return {{"id", field.id},
          {"name", field.name},
          {"type", formats::type_name(field.type)},
          {"required", field.required}};
}

std::string column_name(const catalog::TableSchema& schema, int id) {
  for (const catalog::TableColumn& column : schema.columns)
    if (column.field.id == id) return column.field.name;
  return fmt::format("#{}", id);
}

Json described(const model::Permit& permit, const catalog::TableState& table) {
  Json json = {{"name", table.name.to_string()}};
  add_counts(json, permit, table);
  if (!govern::row_scope(permit).has_value()) json["metadata_location"] = table.metadata_location;
  json["schema"] = Json::array();
  for (const catalog::TableColumn& column : table.schema.columns) {
    Json entry = column_json(column.field);
    if (!column.unit.empty()) entry["unit"] = column.unit;
    if (!column.doc.empty()) entry["doc"] = column.doc;
    json["schema"].push_back(std::move(entry));
  }
  json["partitioned_by"] = Json::array();
  if (table.partition_spec.is_partitioned())
    json["partitioned_by"].push_back(
        fmt::format("day({})", column_name(table.schema, table.partition_spec.day_source_id)));
  json["sorted_by"] = Json::array();
  for (const int id : table.sort_order.source_ids)
    json["sorted_by"].push_back(column_name(table.schema, id));
  return json;
}

Json described(const model::TableName& name, query::SystemTable& table) {
  Json json = {{"name", name.to_string()}, {"schema", Json::array()}};
  for (const formats::Field& field : table.columns())
    json["schema"].push_back(column_json(field));
  json["partitioned_by"] = Json::array();
  json["sorted_by"] = Json::array();
  return json;
}

// Returns all names, of files and computed, in order and once.
Result<std::vector<model::TableName>> all_names(DoorState& state) {
  MOBILAKE_ASSIGN(auto names, state.parts.catalog.list());
  for (query::SystemTable* table : state.parts.system_tables)
    names.push_back({"system", "main", table->name()});
  std::sort(names.begin(), names.end(),
            [](const auto& a, const auto& b) { return a.to_string() < b.to_string(); });
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// Returns what a list says of a table, or null where it went away meanwhile.
Result<Json> item_json(DoorState& state, const model::Permit& permit,
                       const model::TableName& name) {
  Json json = {{"name", name.to_string()}};
  if (system_table(state, name) != nullptr) return json;
  const auto table = state.parts.catalog.describe(permit, name);
  if (!table.ok() && table.error().code == Code::kNotFound) return Json(nullptr);
  if (!table.ok()) return table.error();
  add_counts(json, permit, *table);
  return json;
}

Result<net::Answer> list_tables(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(const std::string position, page_position(kList, call.text("page_token")));
  const std::size_t limit = call.number("limit", kPageDefault);
  MOBILAKE_ASSIGN(const auto names, all_names(state));
  Json items = Json::array();
  std::string last;
  for (const model::TableName& name : names) {
    if (name.to_string() <= position) continue;
    const auto permit =
        state.decisions.decide(call, Action::kDescribe, govern::table_resource(name));
    if (!permit.ok()) continue;
    if (items.size() == limit) return list_answer(std::move(items), page_token(kList, last));
    MOBILAKE_ASSIGN(Json item, item_json(state, *permit, name));
    if (item.is_null()) continue;
    items.push_back(std::move(item));
    last = name.to_string();
  }
  return list_answer(std::move(items), "");
}

Result<net::Answer> show_table(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(const model::TableName name, model::parse_table_name(call.path_value("table")));
  const std::string resource = govern::table_resource(name);
  MOBILAKE_ASSIGN(const model::Permit permit,
                  state.decisions.decide(call, Action::kDescribe, resource));
  if (query::SystemTable* computed = system_table(state, name))
    return json_answer(200, described(name, *computed));
  const auto table = state.parts.catalog.describe(permit, name);
  if (table.ok()) return json_answer(200, described(permit, *table));
  if (table.error().code != Code::kNotFound) return table.error();
  return govern::missing(resource);
}

}  // namespace

std::vector<Operation> table_operations(DoorState& state) {
  std::vector<Operation> operations;
  Operation list =
      operation("GET", "/api/v1/tables", "listTables", "Lists the tables that one may query");
  list.route.parameters = fmt::format("[{}]", kPageParameters);
  list.route.response_body = list_schema(item_schema());
  list.handle = [&state](const Call& call) { return list_tables(state, call); };
  operations.push_back(std::move(list));

  Operation show = operation("GET", "/api/v1/tables/{table}", "showTable",
                             "Shows a table: its schema and its current snapshot");
  show.route.response_body = table_schema();
  show.handle = [&state](const Call& call) { return show_table(state, call); };
  operations.push_back(std::move(show));
  return operations;
}

}  // namespace mobilake::serve

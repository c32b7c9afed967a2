// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/iceberg/table_schema_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace mobilake::catalog {
namespace {

using Json = nlohmann::ordered_json;
using Kind = formats::ColumnType::Kind;

constexpr const char* kText = "string";

std::string property_name(int id, std::string_view what) {
  return fmt::format("mobilake.column.{}.{}", id, what);
}

Json type_json(const formats::Field& field) {
  if (field.type.kind == Kind::kTextList)
    return {{"type", "list"},
            {"element-id", field.key_id},
            {"element", kText},
            {"element-required", true}};
  if (field.type.kind == Kind::kTextMap)
    return {{"type", "map"},  {"key-id", field.key_id},
            {"key", kText},   {"value-id", field.value_id},
            {"value", kText}, {"value-required", true}};
  return formats::type_name(field.type);
}

Json field_json(const TableColumn& column) {
  Json json = {{"id", column.field.id},
               {"name", column.field.name},
               {"required", column.field.required},
               {"type", type_json(column.field)}};
  if (!column.doc.empty()) json["doc"] = column.doc;
  return json;
}

Json partition_fields(const PartitionSpec& spec) {
  Json fields = Json::array();
  if (spec.is_partitioned())
    fields.push_back({{"name", spec.day_name},
                      {"transform", "day"},
                      {"source-id", spec.day_source_id},
                      {"field-id", PartitionSpec::kDayFieldId}});
  return fields;
}

/// Reads JSON by `read`, whose exceptions of a wrong member become an error.
template <typename Read>
auto read_json(std::string_view text, std::string_view what, Read read)
    -> decltype(read(std::declval<const Json&>())) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return corrupt("a {} is no JSON", what);
  try {
    return read(json);
  } catch (const nlohmann::json::exception& failure) {
    return corrupt("a {} is of another form: {}", what, failure.what());
  }
}

Result<> read_type(const Json& type, formats::Field& field) {
  if (type.is_string()) {
    MOBILAKE_ASSIGN(field.type, formats::parse_type_name(type.get<std::string>()));
    return {};
  }
  const auto word = type.at("type").get<std::string>();
  if (word == "list" && type.at("element") == kText) {
    field.type.kind = Kind::kTextList;
    field.key_id = type.at("element-id").get<int>();
  } else if (word == "map" && type.at("key") == kText && type.at("value") == kText) {
    field.type.kind = Kind::kTextMap;
    field.key_id = type.at("key-id").get<int>();
    field.value_id = type.at("value-id").get<int>();
  } else {
    return unsupported("column {} is of a {} that is not read", field.name, word);
  }
  return {};
}

std::string property_of(const std::map<std::string, std::string>& properties, int id,
                        std::string_view what) {
  const auto found = properties.find(property_name(id, what));
  return found == properties.end() ? std::string() : found->second;
}

Result<TableSchema> schema_from(const Json& json,
                                const std::map<std::string, std::string>& properties) {
  TableSchema schema;
  schema.schema_id = json.at("schema-id").get<int>();
  for (const Json& field : json.at("fields")) {
    TableColumn column;
    column.field.id = field.at("id").get<int>();
    column.field.name = field.at("name").get<std::string>();
    column.field.required = field.at("required").get<bool>();
    column.doc = field.value("doc", "");
    column.unit = property_of(properties, column.field.id, "unit");
    column.vss_path = property_of(properties, column.field.id, "vss-path");
    MOBILAKE_TRY(read_type(field.at("type"), column.field));
    schema.columns.push_back(std::move(column));
  }
  return schema;
}

Result<PartitionSpec> spec_from(const Json& json) {
  PartitionSpec spec;
  spec.spec_id = json.at("spec-id").get<int>();
  const Json& fields = json.at("fields");
  if (fields.empty()) return spec;
  const Json& field = fields.at(0);
  if (fields.size() != 1 || field.at("transform") != "day" ||
      field.at("field-id") != PartitionSpec::kDayFieldId)
    return unsupported("the partition spec {} is not by day of one column", spec.spec_id);
  spec.day_source_id = field.at("source-id").get<int>();
  spec.day_name = field.at("name").get<std::string>();
  return spec;
}

Result<SortOrder> order_from(const Json& json) {
  SortOrder order;
  order.order_id = json.at("order-id").get<int>();
  for (const Json& field : json.at("fields")) {
    if (field.at("transform") != "identity" || field.at("direction") != "asc")
      return unsupported("the sort order {} is not ascending by columns", order.order_id);
    order.source_ids.push_back(field.at("source-id").get<int>());
  }
  return order;
}

}  // namespace

std::string schema_json(const TableSchema& schema) {
  Json fields = Json::array();
  for (const TableColumn& column : schema.columns)
    fields.push_back(field_json(column));
  return Json{{"type", "struct"}, {"schema-id", schema.schema_id}, {"fields", std::move(fields)}}
      .dump();
}

std::string partition_fields_json(const PartitionSpec& spec) {
  return partition_fields(spec).dump();
}

std::string partition_spec_json(const PartitionSpec& spec) {
  return Json{{"spec-id", spec.spec_id}, {"fields", partition_fields(spec)}}.dump();
}

std::string sort_order_json(const SortOrder& order) {
  Json fields = Json::array();
  for (const int id : order.source_ids)
    fields.push_back({{"transform", "identity"},
                      {"source-id", id},
                      {"direction", "asc"},
                      {"null-order", "nulls-first"}});
  return Json{{"order-id", order.order_id}, {"fields", std::move(fields)}}.dump();
}

Result<TableSchema> parse_schema(std::string_view json,
                                 const std::map<std::string, std::string>& properties) {
  return read_json(json, "table schema",
                   [&](const Json& parsed) { return schema_from(parsed, properties); });
}

Result<PartitionSpec> parse_partition_spec(std::string_view json) {
  return read_json(json, "partition spec", spec_from);
}

Result<SortOrder> parse_sort_order(std::string_view json) {
  return read_json(json, "sort order", order_from);
}

std::map<std::string, std::string> column_properties(const TableSchema& schema) {
  std::map<std::string, std::string> properties;
  for (const TableColumn& column : schema.columns) {
    if (!column.unit.empty()) properties[property_name(column.field.id, "unit")] = column.unit;
    if (!column.vss_path.empty())
      properties[property_name(column.field.id, "vss-path")] = column.vss_path;
  }
  return properties;
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/iceberg/manifest_schema.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace mobilake::catalog {
namespace {

using Json = nlohmann::ordered_json;

// Stands in the printed schema where a table's partition type goes.
constexpr const char* kPartitionWord = "(partition)";
constexpr std::string_view kPartitionPlace = "\"(partition)\"";

Json field(const char* name, int id, Json type) {
  return {{"name", name}, {"type", std::move(type)}, {"field-id", id}};
}

Json optional_field(const char* name, int id, Json type) {
  return {{"name", name},
          {"type", Json::array({"null", std::move(type)})},
          {"default", nullptr},
          {"field-id", id}};
}

/// Iceberg's map with keys that are no text: an array of pairs.
Json map_field(const char* name, int id, int key_id, int value_id, const char* value) {
  const std::string pair = "k" + std::to_string(key_id) + "_v" + std::to_string(value_id);
  Json items = {
      {"type", "record"},
      {"name", pair},
      {"fields", Json::array({field("key", key_id, "int"), field("value", value_id, value)})}};
  return optional_field(name, id,
                        {{"type", "array"}, {"logicalType", "map"}, {"items", std::move(items)}});
}

Json partition_type(const PartitionSpec& spec) {
  Json fields = Json::array();
  if (spec.is_partitioned())
    fields.push_back(optional_field(spec.day_name.c_str(), PartitionSpec::kDayFieldId,
                                    {{"type", "int"}, {"logicalType", "date"}}));
  return {{"type", "record"}, {"name", "r102"}, {"fields", std::move(fields)}};
}

Json data_file_type(Json partition) {
  Json fields = Json::array({
      field("content", 134, "int"),
      field("file_path", 100, "string"),
      field("file_format", 101, "string"),
      field("partition", 102, std::move(partition)),
      field("record_count", 103, "long"),
      field("file_size_in_bytes", 104, "long"),
      map_field("column_sizes", 108, 117, 118, "long"),
      map_field("value_counts", 109, 119, 120, "long"),
      map_field("null_value_counts", 110, 121, 122, "long"),
      map_field("lower_bounds", 125, 126, 127, "bytes"),
      map_field("upper_bounds", 128, 129, 130, "bytes"),
      optional_field("split_offsets", 132,
                     {{"type", "array"}, {"items", "long"}, {"element-id", 133}}),
      optional_field("sort_order_id", 140, "int"),
  });
  return {{"type", "record"}, {"name", "r2"}, {"fields", std::move(fields)}};
}

std::string make_manifest_entry_schema() {
  const Json fields = Json::array({
      field("status", 0, "int"),
      optional_field("snapshot_id", 1, "long"),
      optional_field("sequence_number", 3, "long"),
      optional_field("file_sequence_number", 4, "long"),
      field("data_file", 2, data_file_type(kPartitionWord)),
  });
  return Json{{"type", "record"}, {"name", "manifest_entry"}, {"fields", fields}}.dump();
}

std::string make_manifest_file_schema() {
  const Json summary = {{"type", "record"},
                        {"name", "r508"},
                        {"fields", Json::array({field("contains_null", 509, "boolean"),
                                                optional_field("contains_nan", 518, "boolean"),
                                                optional_field("lower_bound", 510, "bytes"),
                                                optional_field("upper_bound", 511, "bytes")})}};
  const Json fields = Json::array({
      field("manifest_path", 500, "string"),
      field("manifest_length", 501, "long"),
      field("partition_spec_id", 502, "int"),
      field("content", 517, "int"),
      field("sequence_number", 515, "long"),
      field("min_sequence_number", 516, "long"),
      field("added_snapshot_id", 503, "long"),
      field("added_files_count", 504, "int"),
      field("existing_files_count", 505, "int"),
      field("deleted_files_count", 506, "int"),
      field("added_rows_count", 512, "long"),
      field("existing_rows_count", 513, "long"),
      field("deleted_rows_count", 514, "long"),
      optional_field("partitions", 507,
                     {{"type", "array"}, {"items", summary}, {"element-id", 508}}),
  });
  return Json{{"type", "record"}, {"name", "manifest_file"}, {"fields", fields}}.dump();
}

}  // namespace

std::string manifest_entry_schema(const PartitionSpec& spec) {
  // Printed once but for the partition's type, since every commit asks.
  static const std::string whole = make_manifest_entry_schema();
  static const std::size_t place = whole.find(kPartitionPlace);
  std::string schema = whole;
  return schema.replace(place, kPartitionPlace.size(), partition_type(spec).dump());
}

const std::string& manifest_file_schema() {
  static const std::string schema = make_manifest_file_schema();
  return schema;
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "catalog/inside/iceberg/table_metadata.h"
#include "catalog/inside/iceberg/table_schema_json.h"

namespace mobilake::catalog {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 2;
constexpr int kNoPartitionId = 999;  // ids of partition fields begin at 1000

/// Prints bytes that are no UTF-8 as replacement characters.
std::string printed(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parsed(const std::string& json) {
  return Json::parse(json);
}

/// Returns "[a,b]" of printed elements.
template <typename Range, typename Print>
std::string joined(const Range& range, Print print) {
  std::string text = "[";
  for (const auto& element : range) {
    if (text.size() > 1) text.push_back(',');
    text += print(element);
  }
  text.push_back(']');
  return text;
}

/// Finds the member with the id that another member names as the one in use.
const Json& chosen(const Json& json, const char* list, const char* id, const char* current) {
  for (const Json& element : json.at(list))
    if (element.at(id) == json.at(current)) return element;
  return json.at(std::string(list) + " with the current id");  // throws, and names what is missing
}

Result<Snapshot> snapshot_from(const Json& json, const store::ObjectStore& objects) {
  Snapshot snapshot;
  snapshot.snapshot_id = json.at("snapshot-id").get<std::int64_t>();
  if (json.contains("parent-snapshot-id"))
    snapshot.parent_id = json.at("parent-snapshot-id").get<std::int64_t>();
  snapshot.sequence_number = json.at("sequence-number").get<std::int64_t>();
  snapshot.timestamp_ms = json.at("timestamp-ms").get<std::int64_t>();
  snapshot.schema_id = json.at("schema-id").get<int>();
  snapshot.summary = json.at("summary").get<std::map<std::string, std::string>>();
  MOBILAKE_ASSIGN(snapshot.manifest_list_key,
                  objects.key_of(json.at("manifest-list").get<std::string>()));
  return snapshot;
}

Result<> read_history(const Json& json, const store::ObjectStore& objects,
                      TableMetadata& metadata) {
  for (const Json& element : json.at("snapshots")) {
    MOBILAKE_ASSIGN(Snapshot snapshot, snapshot_from(element, objects));
    metadata.snapshots.push_back(record_of(std::move(snapshot), objects));
  }
  for (const Json& element : json.at("metadata-log")) {
    MOBILAKE_ASSIGN(std::string key,
                    objects.key_of(element.at("metadata-file").get<std::string>()));
    const auto written = element.at("timestamp-ms").get<std::int64_t>();
    metadata.log.push_back(log_entry_of(std::move(key), written, objects));
  }
  const Snapshot* current = metadata.current();
  const bool agrees = current == nullptr ? !json.contains("current-snapshot-id")
                                         : json.at("current-snapshot-id") == current->snapshot_id;
  if (!agrees) return unsupported("the current snapshot is not the last one");
  return {};
}

Result<TableMetadata> metadata_from(const Json& json, const store::ObjectStore& objects) {
  if (json.at("format-version") != kFormatVersion)
    return unsupported("a table of format version {}", json.at("format-version").dump());
  TableMetadata metadata;
  metadata.uuid = json.at("table-uuid").get<std::string>();
  MOBILAKE_ASSIGN(metadata.folder, objects.key_of(json.at("location").get<std::string>()));
  metadata.last_sequence_number = json.at("last-sequence-number").get<std::int64_t>();
  metadata.last_updated_ms = json.at("last-updated-ms").get<std::int64_t>();
  metadata.properties = json.at("properties").get<std::map<std::string, std::string>>();
  const Json& schema = chosen(json, "schemas", "schema-id", "current-schema-id");
  MOBILAKE_ASSIGN(metadata.schema, parse_schema(schema.dump(), metadata.properties));
  const Json& spec = chosen(json, "partition-specs", "spec-id", "default-spec-id");
  MOBILAKE_ASSIGN(metadata.partition_spec, parse_partition_spec(spec.dump()));
  const Json& order = chosen(json, "sort-orders", "order-id", "default-sort-order-id");
  MOBILAKE_ASSIGN(metadata.sort_order, parse_sort_order(order.dump()));
  MOBILAKE_TRY(read_history(json, objects, metadata));
  metadata.head_json = print_head(metadata, objects);
  return metadata;
}

}  // namespace

std::string print_head(const TableMetadata& metadata, const store::ObjectStore& objects) {
  Json json;
  json["format-version"] = kFormatVersion;
  json["table-uuid"] = metadata.uuid;
  json["location"] = objects.location(metadata.folder);
  json["last-column-id"] = metadata.schema.last_column_id();
  json["schemas"] = Json::array({parsed(schema_json(metadata.schema))});
  json["current-schema-id"] = metadata.schema.schema_id;
  json["partition-specs"] = Json::array({parsed(partition_spec_json(metadata.partition_spec))});
  json["default-spec-id"] = metadata.partition_spec.spec_id;
  json["last-partition-id"] =
      metadata.partition_spec.is_partitioned() ? PartitionSpec::kDayFieldId : kNoPartitionId;
  json["sort-orders"] = Json::array({parsed(sort_order_json(metadata.sort_order))});
  json["default-sort-order-id"] = metadata.sort_order.order_id;
  json["properties"] = metadata.properties;
  std::string text = printed(json);
  // Without the outer braces: print_metadata() puts the rest beside it.
  return text.substr(1, text.size() - 2);
}

std::shared_ptr<const SnapshotRecord> record_of(Snapshot snapshot,
                                                const store::ObjectStore& objects) {
  Json json;
  json["snapshot-id"] = snapshot.snapshot_id;
  if (snapshot.parent_id) json["parent-snapshot-id"] = *snapshot.parent_id;
  json["sequence-number"] = snapshot.sequence_number;
  json["timestamp-ms"] = snapshot.timestamp_ms;
  json["schema-id"] = snapshot.schema_id;
  json["manifest-list"] = objects.location(snapshot.manifest_list_key);
  json["summary"] = snapshot.summary;
  const Json log = {{"snapshot-id", snapshot.snapshot_id}, {"timestamp-ms", snapshot.timestamp_ms}};
  auto record = std::make_shared<SnapshotRecord>();
  record->snapshot = std::move(snapshot);
  record->json = printed(json);
  record->log_json = log.dump();
  return record;
}

std::shared_ptr<const MetadataLogEntry> log_entry_of(std::string key, std::int64_t timestamp_ms,
                                                     const store::ObjectStore& objects) {
  const Json json = {{"metadata-file", objects.location(key)}, {"timestamp-ms", timestamp_ms}};
  auto entry = std::make_shared<MetadataLogEntry>();
  entry->key = std::move(key);
  entry->json = printed(json);
  return entry;
}

std::string print_metadata(const TableMetadata& metadata) {
  std::string text =
      fmt::format(R"({{{},"last-sequence-number":{},"last-updated-ms":{})", metadata.head_json,
                  metadata.last_sequence_number, metadata.last_updated_ms);
  if (const Snapshot* current = metadata.current())
    text += fmt::format(R"(,"current-snapshot-id":{0},"refs":{{"main":{{"snapshot-id":{0},)"
                        R"("type":"branch"}}}})",
                        current->snapshot_id);
  text += ",\n\"snapshots\":";
  text += joined(metadata.snapshots,
                 [](const auto& record) -> const std::string& { return record->json; });
  text += ",\n\"snapshot-log\":";
  text += joined(metadata.snapshots,
                 [](const auto& record) -> const std::string& { return record->log_json; });
  text += ",\n\"metadata-log\":";
  text += joined(metadata.log, [](const auto& entry) -> const std::string& { return entry->json; });
  text += "}\n";
  return text;
}

Result<TableMetadata> parse_metadata(std::string_view json, const model::TableName& name,
                                     std::string_view key, const store::ObjectStore& objects) {
  const Json root = Json::parse(json, nullptr, false);
  if (root.is_discarded()) return corrupt("{} is no JSON", key);
  try {
    MOBILAKE_ASSIGN(TableMetadata metadata, metadata_from(root, objects));
    metadata.name = name;
    metadata.metadata_key = key;
    return metadata;
  } catch (const nlohmann::json::exception& failure) {
    return corrupt("{} is of another form: {}", key, failure.what());
  }
}

}  // namespace mobilake::catalog

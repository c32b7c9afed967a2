// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/table_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "catalog/inside/catalog_spaces.h"
#include "catalog/inside/iceberg/identifiers.h"
#include "catalog/inside/iceberg/table_schema_json.h"

namespace mobilake::catalog {
namespace {

using Kind = formats::ColumnType::Kind;

constexpr std::size_t kNamesPerPage = 1000;
constexpr std::size_t kShortUuid = 8;

Result<> check_column(const TableColumn& column, std::set<int>& ids, std::set<std::string>& names) {
  const formats::Field& field = column.field;
  if (field.name.empty() || !base::is_valid_utf8(field.name) || !base::is_valid_utf8(column.doc))
    return invalid("column {} needs a name and a doc of UTF-8", field.id);
  if (!names.insert(field.name).second) return invalid("two columns are called {}", field.name);
  const bool has_key = field.type.kind == Kind::kTextList || field.type.kind == Kind::kTextMap;
  const bool has_value = field.type.kind == Kind::kTextMap;
  if ((field.key_id != 0) != has_key || (field.value_id != 0) != has_value)
    return invalid("column {} has ids that do not go with its type", field.name);
  for (const int id : {field.id, field.key_id, field.value_id})
    if (id < 0 || (id != 0 && !ids.insert(id).second))
      return invalid("column {} uses the id {}, which is taken or negative", field.name, id);
  if (field.id == 0) return invalid("column {} has no id", field.name);
  return {};
}

Result<> check_new_table(const NewTable& table) {
  MOBILAKE_TRY(model::check_name("account", table.name.account));
  MOBILAKE_TRY(model::check_name("namespace", table.name.name_space));
  MOBILAKE_TRY(model::check_name("table", table.name.table));
  std::set<int> ids;
  std::set<std::string> names;
  for (const TableColumn& column : table.schema.columns)
    MOBILAKE_TRY(check_column(column, ids, names));
  if (names.empty()) return invalid("a table has at least one column");
  const auto find = [&](int id) {
    return std::find_if(table.schema.columns.begin(), table.schema.columns.end(),
                        [&](const TableColumn& column) { return column.field.id == id; });
  };
  if (table.partition_spec.is_partitioned()) {
    const auto source = find(table.partition_spec.day_source_id);
    if (source == table.schema.columns.end() || source->field.type.kind != Kind::kTimestamp)
      return invalid("column {} is no timestamp to partition by",
                     table.partition_spec.day_source_id);
    MOBILAKE_TRY(model::check_name("partition", table.partition_spec.day_name));
  }
  for (const int id : table.sort_order.source_ids)
    if (find(id) == table.schema.columns.end())
      return invalid("there is no column {} to sort by", id);
  return {};
}

std::int64_t now_ms(const Clock& clock) {
  return std::chrono::floor<std::chrono::milliseconds>(clock.now()).time_since_epoch().count();
}

}  // namespace

Error no_table(const model::TableName& name) {
  return not_found("there is no table \"{}\"", name.to_string());
}

Result<std::string> TableStore::pointer(const model::TableName& name) {
  std::optional<std::string> key;
  MOBILAKE_TRY(meta_.read([&](store::MetaTransaction& transaction) -> Result<> {
    MOBILAKE_ASSIGN(key, transaction.get(kTableSpace, name.to_string()));
    return {};
  }));
  if (!key) return no_table(name);
  return *std::move(key);
}

Result<TableStore::State> TableStore::load(const model::TableName& name) {
  MOBILAKE_ASSIGN(const std::string key, pointer(name));
  {
    auto states = states_.lock();
    const auto found = states->find(name);
    if (found != states->end() && found->second->metadata_key == key) return found->second;
  }
  MOBILAKE_ASSIGN(const std::string json, objects_.get(key));
  MOBILAKE_ASSIGN(TableMetadata metadata, parse_metadata(json, name, key, objects_));
  auto state = std::make_shared<const TableMetadata>(std::move(metadata));
  put(state);
  return state;
}

Result<std::vector<model::TableName>> TableStore::list() {
  std::vector<model::TableName> names;
  std::string after;
  while (true) {
    std::vector<std::pair<std::string, std::string>> rows;
    MOBILAKE_TRY(meta_.read([&](store::MetaTransaction& transaction) -> Result<> {
      MOBILAKE_ASSIGN(rows, transaction.scan(kTableSpace, "", after, kNamesPerPage));
      return {};
    }));
    for (const auto& [text, key] : rows) {
      MOBILAKE_ASSIGN(model::TableName name, model::parse_table_name(text));
      names.push_back(std::move(name));
    }
    if (rows.size() < kNamesPerPage) break;
    after = rows.back().first;
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<TableStore::State> TableStore::create(const NewTable& table) {
  MOBILAKE_TRY(check_new_table(table));
  TableMetadata metadata;
  metadata.name = table.name;
  metadata.uuid = new_uuid(doors_.random);
  metadata.folder = fmt::format("tables/{}/{}/{}-{}", table.name.account, table.name.name_space,
                                table.name.table, metadata.uuid.substr(0, kShortUuid));
  metadata.last_updated_ms = now_ms(doors_.clock);
  metadata.schema = table.schema;
  metadata.partition_spec = table.partition_spec;
  metadata.sort_order = table.sort_order;
  // Iceberg keeps order 0 for unsorted.
  if (metadata.sort_order.source_ids.empty())
    metadata.sort_order.order_id = 0;
  else if (metadata.sort_order.order_id == 0)
    metadata.sort_order.order_id = 1;
  metadata.properties = table.properties;
  metadata.properties.merge(column_properties(table.schema));
  metadata.head_json = print_head(metadata, objects_);
  metadata.metadata_key = next_metadata_key(metadata, new_uuid(doors_.random));
  MOBILAKE_TRY(objects_.put(metadata.metadata_key, print_metadata(metadata)));
  MOBILAKE_TRY(put_pointer(metadata));
  auto state = std::make_shared<const TableMetadata>(std::move(metadata));
  put(state);
  return state;
}

Result<> TableStore::put_pointer(const TableMetadata& table) {
  const std::string name = table.name.to_string();
  bool taken = false;
  const Result<> done = meta_.transact([&](store::MetaTransaction& transaction) -> Result<> {
    MOBILAKE_ASSIGN(const auto old, transaction.get(kTableSpace, name));
    taken = old.has_value();
    if (taken) return already_exists("there is a table \"{}\"", name);
    return transaction.put(kTableSpace, name, table.metadata_key);
  });
  if (done.ok()) return {};
  if (taken) {
    // Somebody was first, so this file is nobody's; that it may not go changes nothing.
    static_cast<void>(objects_.remove(table.metadata_key).ok());
    return done.error();
  }
  // The answer may be lost after the transaction took place.
  const Result<std::string> found = pointer(table.name);
  if (found.ok() && *found == table.metadata_key) return {};
  return done.error();
}

Result<std::vector<PlannedFile>> TableStore::live_files(const TableMetadata& table) {
  std::vector<PlannedFile> files;
  const Snapshot* current = table.current();
  if (current == nullptr) return files;
  const ManifestContext context{table.schema, table.partition_spec, table.sort_order, objects_};
  MOBILAKE_ASSIGN(const auto manifests, cache_.list(current->manifest_list_key));
  for (const ManifestFile& manifest : *manifests) {
    if (manifest.live_files() == 0) continue;
    MOBILAKE_ASSIGN(const auto entries, cache_.entries(manifest.key, context));
    for (const ManifestEntry& entry : *entries) {
      if (!entry.is_live()) continue;
      files.push_back({objects_.location(entry.file.key), entry.file});
      files.back().file.sequence_number = entry.sequence_number.value_or(manifest.sequence_number);
    }
  }
  return files;
}

void TableStore::put(State state) {
  auto states = states_.lock();
  State& kept = (*states)[state->name];
  // A slow reader of an older state does not take the newer one's place.
  if (kept != nullptr && kept->uuid == state->uuid &&
      kept->last_sequence_number > state->last_sequence_number)
    return;
  kept = std::move(state);
}

void TableStore::forget(const model::TableName& name) {
  states_.lock()->erase(name);
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/iceberg/manifest.h"

#include <algorithm>
#include <map>
#include <utility>

#include "catalog/inside/iceberg/avro_reading.h"
#include "catalog/inside/iceberg/bound_bytes.h"
#include "catalog/inside/iceberg/manifest_schema.h"
#include "catalog/inside/iceberg/table_schema_json.h"
#include "formats/avro_file.h"

namespace mobilake::catalog {
namespace {

using formats::AvroList;
using formats::AvroValue;
using formats::ColumnFacts;
using TypeOf = std::map<int, formats::ColumnType>;

constexpr std::int64_t kDataContent = 0;
constexpr const char* kParquet = "PARQUET";
constexpr std::size_t kEntryFields = 5;
constexpr std::size_t kFileFields = 13;

/// Places of a data file's members in the order of manifest_entry_schema().
enum FilePlace : std::size_t {
  kContent,
  kPath,
  kFormat,
  kPartition,
  kRows,
  kSize,
  kColumnSizes,
  kValueCounts,
  kNullCounts,
  kLowerBounds,
  kUpperBounds,
  kSplitOffsets,
  kSortOrder,
};

/// Returns the type of every leaf by its id.
TypeOf leaf_types(const TableSchema& schema) {
  TypeOf types;
  for (const TableColumn& column : schema.columns) {
    const formats::Field& field = column.field;
    const formats::ColumnType text{.kind = formats::ColumnType::Kind::kString};
    if (field.key_id == 0) types[field.id] = field.type;
    if (field.key_id != 0) types[field.key_id] = text;
    if (field.value_id != 0) types[field.value_id] = text;
  }
  return types;
}

AvroValue pair_of(int key, AvroValue value) {
  return AvroValue(AvroList{AvroValue(key), std::move(value)});
}

/// The five maps that a manifest keeps of a file's columns.
struct ColumnMaps {
  AvroList sizes;
  AvroList values;
  AvroList nulls;
  AvroList lower;
  AvroList upper;
};

ColumnMaps column_maps(const std::vector<ColumnFacts>& columns, const TypeOf& types) {
  ColumnMaps maps;
  for (const ColumnFacts& facts : columns) {
    maps.sizes.push_back(pair_of(facts.field_id, facts.size_bytes));
    maps.values.push_back(pair_of(facts.field_id, facts.value_count));
    maps.nulls.push_back(pair_of(facts.field_id, facts.null_count));
    const auto type = types.find(facts.field_id);
    if (type == types.end()) continue;
    if (facts.lower)
      maps.lower.push_back(pair_of(facts.field_id, bound_bytes(type->second, *facts.lower)));
    if (facts.upper)
      maps.upper.push_back(pair_of(facts.field_id, bound_bytes(type->second, *facts.upper)));
  }
  return maps;
}

AvroValue file_value(const DataFile& file, const ManifestContext& context, const TypeOf& types) {
  AvroList partition;
  if (context.spec.is_partitioned())
    partition.push_back(file.day ? AvroValue(std::int64_t{*file.day}) : AvroValue());
  ColumnMaps maps = column_maps(file.columns, types);
  AvroList offsets(file.split_offsets.begin(), file.split_offsets.end());
  return AvroValue(AvroList{AvroValue(kDataContent), AvroValue(context.objects.location(file.key)),
                            AvroValue(kParquet), AvroValue(std::move(partition)),
                            AvroValue(file.row_count), AvroValue(file.size_bytes),
                            AvroValue(std::move(maps.sizes)), AvroValue(std::move(maps.values)),
                            AvroValue(std::move(maps.nulls)), AvroValue(std::move(maps.lower)),
                            AvroValue(std::move(maps.upper)),
                            offsets.empty() ? AvroValue() : AvroValue(std::move(offsets)),
                            AvroValue(context.sort_order.order_id)});
}

// Null where there is none. A conditional expression would copy through a temporary that g++ 12
// takes for uninitialised.
AvroValue long_or_null(const std::optional<std::int64_t>& number) {
  AvroValue value;
  if (number.has_value()) value = AvroValue(*number);
  return value;
}

AvroValue entry_value(const ManifestEntry& entry, const ManifestContext& context,
                      const TypeOf& types) {
  return AvroValue(AvroList{AvroValue(static_cast<int>(entry.status)), AvroValue(entry.snapshot_id),
                            long_or_null(entry.sequence_number),
                            long_or_null(entry.sequence_number),
                            file_value(entry.file, context, types)});
}

/// Calls `take(facts, value)` for every pair of one of the maps.
template <typename Take>
bool take_pairs(const AvroList& pairs, std::map<int, ColumnFacts>& columns, Take take) {
  for (const AvroValue& pair : pairs) {
    RecordValues values(pair, 2);
    const auto id = static_cast<int>(values.integer(0));
    if (!values.sound()) return false;
    auto [found, made] = columns.try_emplace(id);
    found->second.field_id = id;
    if (!take(found->second, values.value(1))) return false;
  }
  return true;
}

template <auto Member>
bool take_counts(const AvroList& pairs, std::map<int, ColumnFacts>& columns) {
  return take_pairs(pairs, columns, [](ColumnFacts& facts, const AvroValue& value) {
    if (value.integer() == nullptr) return false;
    facts.*Member = *value.integer();
    return true;
  });
}

template <auto Member>
bool take_bounds(const AvroList& pairs, const TypeOf& types, std::map<int, ColumnFacts>& columns) {
  return take_pairs(pairs, columns, [&](ColumnFacts& facts, const AvroValue& value) {
    if (value.text() == nullptr) return false;
    const auto type = types.find(facts.field_id);
    if (type != types.end()) facts.*Member = bound_of(type->second, *value.text());
    return true;
  });
}

Result<std::vector<ColumnFacts>> columns_of(RecordValues& values, const TypeOf& types) {
  std::map<int, ColumnFacts> columns;
  const bool sound = take_counts<&ColumnFacts::size_bytes>(values.list(kColumnSizes), columns) &&
                     take_counts<&ColumnFacts::value_count>(values.list(kValueCounts), columns) &&
                     take_counts<&ColumnFacts::null_count>(values.list(kNullCounts), columns) &&
                     take_bounds<&ColumnFacts::lower>(values.list(kLowerBounds), types, columns) &&
                     take_bounds<&ColumnFacts::upper>(values.list(kUpperBounds), types, columns);
  if (!sound) return corrupt("a manifest's column statistics are of another form");
  std::vector<ColumnFacts> all;
  all.reserve(columns.size());
  for (auto& [id, facts] : columns)
    all.push_back(std::move(facts));
  return all;
}

Result<DataFile> file_of(const AvroValue& value, const ManifestContext& context,
                         const TypeOf& types) {
  RecordValues values(value, kFileFields);
  if (values.sound() &&
      (values.integer(kContent) != kDataContent || values.text(kFormat) != kParquet))
    return unsupported("a manifest names a file that is no Parquet data file");
  DataFile file;
  file.row_count = values.integer(kRows);
  file.size_bytes = values.integer(kSize);
  RecordValues partition(values.value(kPartition), context.spec.is_partitioned() ? 1 : 0);
  if (context.spec.is_partitioned() && partition.has(0))
    file.day = static_cast<std::int32_t>(partition.integer(0));
  for (const AvroValue& offset : values.list(kSplitOffsets))
    if (offset.integer() != nullptr) file.split_offsets.push_back(*offset.integer());
  const std::string path = values.text(kPath);
  MOBILAKE_ASSIGN(file.columns, columns_of(values, types));
  if (!values.sound() || !partition.sound() || file.row_count < 0 || file.size_bytes < 0)
    return corrupt("a manifest's data file is of another form");
  MOBILAKE_ASSIGN(file.key, context.objects.key_of(path));
  return file;
}

Result<ManifestEntry> entry_of(const AvroValue& value, const ManifestContext& context,
                               const TypeOf& types) {
  RecordValues values(value, kEntryFields);
  const std::int64_t status = values.integer(0);
  ManifestEntry entry;
  entry.snapshot_id = values.integer(1);
  if (values.has(2)) entry.sequence_number = values.integer(2);
  if (!values.sound() || status < 0 || status > 2)
    return corrupt("a manifest's entry is of another form");
  entry.status = static_cast<EntryStatus>(status);
  MOBILAKE_ASSIGN(entry.file, file_of(values.value(4), context, types));
  return entry;
}

void count(EntryCount& total, const DataFile& file) {
  ++total.files;
  total.rows += file.row_count;
}

}  // namespace

ManifestFile manifest_of(const ManifestEntries& entries, const ManifestContext& context) {
  ManifestFile manifest;
  manifest.spec_id = context.spec.spec_id;
  for (const ManifestEntry& entry : entries) {
    if (entry.status == EntryStatus::kAdded) count(manifest.added, entry.file);
    if (entry.status == EntryStatus::kExisting) count(manifest.existing, entry.file);
    if (entry.status == EntryStatus::kDeleted) count(manifest.deleted, entry.file);
    if (!entry.file.day) continue;
    manifest.first_day = std::min(manifest.first_day.value_or(*entry.file.day), *entry.file.day);
    manifest.last_day = std::max(manifest.last_day.value_or(*entry.file.day), *entry.file.day);
  }
  return manifest;
}

Result<std::string> write_manifest(const ManifestEntries& entries, const ManifestContext& context) {
  const TypeOf types = leaf_types(context.schema);
  formats::AvroFile file;
  file.schema_json = manifest_entry_schema(context.spec);
  file.metadata = {{"schema", schema_json(context.schema)},
                   {"schema-id", std::to_string(context.schema.schema_id)},
                   {"partition-spec", partition_fields_json(context.spec)},
                   {"partition-spec-id", std::to_string(context.spec.spec_id)},
                   {"format-version", "2"},
                   {"content", "data"}};
  file.records.reserve(entries.size());
  for (const ManifestEntry& entry : entries)
    file.records.push_back(entry_value(entry, context, types));
  return formats::write_avro(file, formats::AvroCodec::kDeflate);
}

Result<ManifestEntries> read_manifest(std::string_view bytes, const ManifestContext& context) {
  const TypeOf types = leaf_types(context.schema);
  MOBILAKE_ASSIGN(const formats::AvroFile file, formats::read_avro(bytes));
  ManifestEntries entries;
  entries.reserve(file.records.size());
  for (const AvroValue& record : file.records) {
    MOBILAKE_ASSIGN(ManifestEntry entry, entry_of(record, context, types));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace mobilake::catalog

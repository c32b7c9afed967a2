// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "formats/parquet_file.h"
#include "formats/record_schema.h"
#include "model/names.h"

namespace mobilake::catalog {

/// A column as a table knows it: the field and what people say of it.
struct TableColumn {
  formats::Field field;
  std::string doc;
  std::string unit;      ///< in VSS words; kept as table property "mobilake.column.<id>.unit"
  std::string vss_path;  ///< kept as table property "mobilake.column.<id>.vss-path"

  bool operator==(const TableColumn&) const = default;
};

/// The columns of a table (Iceberg "schema"). Ids of nested elements count as well.
struct TableSchema {
  int schema_id = 0;
  std::vector<TableColumn> columns;

  /// Returns the fields alone, as file writers and readers take them.
  std::vector<formats::Field> fields() const;
  /// Returns the highest id in use.
  int last_column_id() const;
  bool operator==(const TableSchema&) const = default;
};

/// How rows are divided into partitions: by the day of one timestamp column, or not at all.
struct PartitionSpec {
  /// The partition field's own id (Iceberg reserves from 1000 on).
  static constexpr int kDayFieldId = 1000;

  int spec_id = 0;
  int day_source_id = 0;  ///< id of the timestamp column; 0: not partitioned
  std::string day_name;   ///< e.g. "ts_day"

  bool is_partitioned() const { return day_source_id != 0; }
  bool operator==(const PartitionSpec&) const = default;
};

/// By which columns the rows of a file are sorted, ascending, nulls first; empty: unsorted.
struct SortOrder {
  int order_id = 0;
  std::vector<int> source_ids;

  bool operator==(const SortOrder&) const = default;
};

/// Returns the partition value of a moment: whole days since 1970-01-01, also before it.
std::int32_t day_of(Timestamp moment);

/// One Parquet file of a table.
struct DataFile {
  std::string key;  ///< in the object store
  std::int64_t row_count = 0;
  std::int64_t size_bytes = 0;
  std::optional<std::int32_t> day;  ///< partition value; none in an unpartitioned table
  std::vector<formats::ColumnFacts> columns;
  std::vector<std::int64_t> split_offsets;
  std::int64_t sequence_number = 0;  ///< of the commit that added it; set by the catalog
};

/// One committed state of a table (Iceberg "snapshot").
struct Snapshot {
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> parent_id;
  std::int64_t sequence_number = 0;
  std::int64_t timestamp_ms = 0;
  int schema_id = 0;
  std::string manifest_list_key;
  std::map<std::string, std::string> summary;
};

/// What a table is at one moment, without its files.
struct TableState {
  model::TableName name;
  std::string uuid;
  std::string metadata_key;
  std::string metadata_location;  ///< for engines: the address of metadata.json
  TableSchema schema;
  PartitionSpec partition_spec;
  SortOrder sort_order;
  std::map<std::string, std::string> properties;
  std::optional<Snapshot> snapshot;  ///< the current one; none before the first commit
  std::int64_t row_count = 0;
  std::int64_t file_count = 0;
  std::int64_t size_bytes = 0;
};

/// Returns the key under which a new data file of a table is to be stored: "<table folder>/data/
/// ts_day=2026-03-02/<unique>.parquet". `unique` must not hold anything of a person or vehicle.
std::string data_file_key(const TableState& table, std::optional<std::int32_t> day,
                          std::string_view unique);

/// Returns the manifest's view of a file that was stored under `key`.
DataFile data_file_of(const formats::ParquetFile& file, std::string key,
                      std::optional<std::int32_t> day);

}  // namespace mobilake::catalog

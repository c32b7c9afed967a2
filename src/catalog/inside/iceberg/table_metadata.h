// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/table.h"
#include "store/objects/object_store.h"

namespace mobilake::catalog {

/// A snapshot with its JSON, printed once, so that a commit costs the same whatever came before.
struct SnapshotRecord {
  Snapshot snapshot;
  std::string json;
  std::string log_json;  ///< of the snapshot log
};

/// An older metadata file, with its JSON.
struct MetadataLogEntry {
  std::string key;
  std::string json;
};

/// A whole table as its metadata file says (Iceberg table specification, version 2, "Table
/// metadata"). Immutable once stored. History is linear: the last snapshot is the current one.
struct TableMetadata {
  model::TableName name;
  std::string uuid;
  std::string folder;  ///< key of the table's folder
  std::string metadata_key;
  std::int64_t last_sequence_number = 0;
  std::int64_t last_updated_ms = 0;
  TableSchema schema;
  PartitionSpec partition_spec;
  SortOrder sort_order;
  std::map<std::string, std::string> properties;
  std::string head_json;  ///< the members that a commit does not change
  // Shared: consecutive states hold the same history.
  std::vector<std::shared_ptr<const SnapshotRecord>> snapshots;
  std::vector<std::shared_ptr<const MetadataLogEntry>> log;

  const Snapshot* current() const {
    return snapshots.empty() ? nullptr : &snapshots.back()->snapshot;
  }
};

/// Returns the members that stay the same over commits. Set it before print_metadata().
std::string print_head(const TableMetadata& metadata, const store::ObjectStore& objects);

/// Return the parts of the history, printed.
std::shared_ptr<const SnapshotRecord> record_of(Snapshot snapshot,
                                                const store::ObjectStore& objects);
std::shared_ptr<const MetadataLogEntry> log_entry_of(std::string key, std::int64_t timestamp_ms,
                                                     const store::ObjectStore& objects);

/// Returns the text of metadata.json.
std::string print_metadata(const TableMetadata& metadata);

/// Reads what print_metadata() wrote under `key`. Fails with: corrupt, unsupported.
Result<TableMetadata> parse_metadata(std::string_view json, const model::TableName& name,
                                     std::string_view key, const store::ObjectStore& objects);

/// Returns the key of a table's next metadata file: its number is one more than the last one's.
std::string next_metadata_key(const TableMetadata& metadata, std::string_view unique);

/// Returns what users of the catalog see of it.
TableState state_of(const TableMetadata& metadata, const store::ObjectStore& objects);

}  // namespace mobilake::catalog

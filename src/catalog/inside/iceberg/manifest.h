// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/table.h"
#include "store/objects/object_store.h"

namespace mobilake::catalog {

/// What a snapshot's manifest says of a file (Iceberg table specification, "Manifests").
enum class EntryStatus : std::uint8_t { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// One file in a manifest. An added entry's sequence number is none until the snapshot that holds
/// it is known: readers inherit the manifest's, so that a conflict costs no rewrite.
struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> sequence_number;
  DataFile file;

  bool is_live() const { return status != EntryStatus::kDeleted; }
};
using ManifestEntries = std::vector<ManifestEntry>;

/// Files and rows of one status.
struct EntryCount {
  std::int32_t files = 0;
  std::int64_t rows = 0;

  bool operator==(const EntryCount&) const = default;
};

/// A manifest as the manifest list names it.
struct ManifestFile {
  std::string key;
  std::int64_t size_bytes = 0;
  int spec_id = 0;
  std::int64_t sequence_number = 0;  ///< of the snapshot that added the manifest
  std::int64_t min_sequence_number = 0;
  std::int64_t added_snapshot_id = 0;
  EntryCount added;
  EntryCount existing;
  EntryCount deleted;
  std::optional<std::int32_t> first_day;  ///< least partition value, where partitioned
  std::optional<std::int32_t> last_day;

  std::int64_t live_files() const { return std::int64_t{added.files} + existing.files; }
  bool operator==(const ManifestFile&) const = default;
};

/// What the files of a table are written with.
struct ManifestContext {
  const TableSchema& schema;
  const PartitionSpec& spec;
  const SortOrder& sort_order;
  const store::ObjectStore& objects;  ///< for addresses alone
};

/// Returns the counts and days of a manifest with these entries. Key, size, sequence numbers and
/// snapshot are the caller's.
ManifestFile manifest_of(const ManifestEntries& entries, const ManifestContext& context);

/// Writes a manifest as Avro, version 2. Fails with: invalid.
Result<std::string> write_manifest(const ManifestEntries& entries, const ManifestContext& context);

/// Reads what write_manifest() writes. Fails with: corrupt, unsupported (delete files, other
/// formats), exhausted.
Result<ManifestEntries> read_manifest(std::string_view bytes, const ManifestContext& context);

/// Writes the list of a snapshot's manifests as Avro, version 2.
Result<std::string> write_manifest_list(const std::vector<ManifestFile>& manifests,
                                        const Snapshot& snapshot,
                                        const store::ObjectStore& objects);

/// Fails with: corrupt, unsupported (delete manifests), exhausted.
Result<std::vector<ManifestFile>> read_manifest_list(std::string_view bytes,
                                                     const store::ObjectStore& objects);

}  // namespace mobilake::catalog

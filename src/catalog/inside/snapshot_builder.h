// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/doors.h"
#include "base/result.h"
#include "catalog/catalog_config.h"
#include "catalog/commit.h"
#include "catalog/inside/iceberg/snapshot_summary.h"
#include "catalog/inside/iceberg/table_metadata.h"
#include "catalog/inside/manifest_cache.h"
#include "store/objects/object_store.h"

namespace mobilake::catalog {

/// What one change of one table keeps over all attempts of its commit. The manifest of the added
/// files is written once: its entries inherit the sequence number of whatever snapshot lists it.
struct PendingChange {
  const TableChange* change = nullptr;
  std::int64_t snapshot_id = 0;
  ManifestFile added;  // key is empty where nothing is added
};

/// A state that a change leads to, when it is put on top of another.
struct BuiltState {
  // Shared: becomes the table's state when the commit took place.
  std::shared_ptr<const TableMetadata> next;
  std::vector<std::string> written;  ///< objects of this attempt alone
  std::vector<std::string> garbage;  ///< objects that `next` no longer refers to
};

/// Writes the manifests, the manifest list and the metadata file of one change on top of a state.
///
/// Keeps both kinds of metadata bounded: small manifests are merged by size class, so that each
/// entry is rewritten a logarithmic number of times, and old snapshots expire.
/// Lives through one attempt. Thread safety: one thread.
class SnapshotBuilder {
 public:
  SnapshotBuilder(const CatalogConfig& config, Doors doors, store::ObjectStore& objects,
                  ManifestCache& cache)
      : config_(config), doors_(doors), objects_(objects), cache_(cache) {}

  /// Writes the manifest of the added files, where there are any.
  Result<> write_added(PendingChange& pending, const TableMetadata& base);

  /// Fails with: conflict (a removed file is not live), and what the object store says. `written()`
  /// tells then what was stored already.
  Result<BuiltState> build(const PendingChange& pending, const TableMetadata& base);
  const std::vector<std::string>& written() const { return written_; }

 private:
  Result<> remove_files(const PendingChange& pending, const TableMetadata& base,
                        const Snapshot& snapshot, std::vector<ManifestFile>& manifests,
                        RemovedFiles& removed);
  Result<> merge_manifests(const TableMetadata& base, const Snapshot& snapshot,
                           std::vector<ManifestFile>& manifests);
  std::vector<ManifestFile> manifests_to_merge(const Snapshot& snapshot,
                                               const std::vector<ManifestFile>& manifests) const;
  Result<ManifestFile> write_entries(ManifestEntries entries, const TableMetadata& base,
                                     const Snapshot& snapshot);
  Result<> write_list(const std::vector<ManifestFile>& manifests, const TableMetadata& base,
                      Snapshot& snapshot);
  void expire(TableMetadata& next, const std::vector<ManifestFile>& manifests);
  Snapshot new_snapshot(const PendingChange& pending, const TableMetadata& base) const;
  Result<std::vector<ManifestFile>> next_manifests(const PendingChange& pending,
                                                   const TableMetadata& base, Snapshot& snapshot);
  void collect_expired(const TableMetadata& next, const Snapshot& expired, const Snapshot& oldest,
                       const std::vector<ManifestFile>& newest);
  ManifestContext context_of(const TableMetadata& table) const;

  const CatalogConfig& config_;
  Doors doors_;
  store::ObjectStore& objects_;
  ManifestCache& cache_;
  std::vector<std::string> written_;
  std::vector<std::string> garbage_;
};

}  // namespace mobilake::catalog

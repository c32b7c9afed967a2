// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/doors.h"
#include "base/result.h"
#include "catalog/catalog_config.h"
#include "catalog/commit.h"
#include "catalog/inside/garbage_bin.h"
#include "catalog/inside/manifest_cache.h"
#include "catalog/inside/snapshot_builder.h"
#include "catalog/inside/table_store.h"
#include "store/meta/meta_store.h"
#include "store/objects/object_store.h"

namespace mobilake::catalog {

/// What commits work with; all of it outlives them.
struct CommitParts {
  const CatalogConfig& config;
  Doors doors;
  store::MetaStore& meta;
  store::ObjectStore& objects;
  ManifestCache& cache;
  TableStore& tables;
  GarbageBin& garbage;
};

/// One commit from its files to its receipt: writes metadata, swaps the pointers in one
/// transaction, and begins again on top of whoever was first.
/// Lives through one commit. Thread safety: one thread.
class CommitRun {
 public:
  CommitRun(const CommitParts& parts, const Commit& commit) : parts_(parts), commit_(commit) {}

  Result<CommitReceipt> run();

 private:
  /// How an attempt ended.
  enum class Outcome {
    kDone,
    kPointerMoved,  ///< another commit was first; nothing took place
    kRefused,       ///< nothing took place, and another attempt would change nothing
    kUnknown,       ///< the transaction's answer is missing
  };
  struct Attempt {
    Outcome outcome = Outcome::kRefused;
    Result<> result;
  };

  Result<> check_changes();
  Result<> prepare();
  Result<> load_bases();
  Result<> build();
  Attempt transact();
  Result<> compare_pointers(store::MetaTransaction& transaction);
  Result<> compare_positions(store::MetaTransaction& transaction);
  Result<> write(store::MetaTransaction& transaction);
  /// Looks up whether a transaction without an answer took place.
  bool took_place();
  void settle();
  void drop_attempt();
  void drop_all();
  Result<CommitReceipt> receipt(int attempts);

  const CommitParts& parts_;
  const Commit& commit_;
  std::vector<PendingChange> pending_;  // changes with files
  std::vector<TableStore::State> bases_;
  std::vector<std::unique_ptr<SnapshotLease>> leases_;  // on what the bases refer to
  std::vector<BuiltState> built_;
  std::vector<std::string> written_once_;    // manifests of added files
  std::vector<std::string> written_lately_;  // objects of this attempt
  std::vector<GarbageItem> garbage_;
  std::vector<std::string> deleted_;
};

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/inside/manifest_cache.h"
#include "store/meta/meta_store.h"
#include "store/objects/object_store.h"

namespace mobilake::catalog {

/// An object that no state of its table refers to any more.
struct GarbageItem {
  std::string key;
  std::string table;
  bool whole_table = false;  ///< the key is a dropped table's metadata file; all it names goes
};

/// Deletes objects that nobody refers to, once no lease may read them.
///
/// An item is written to the meta store in the transaction that makes it garbage, and its row is
/// removed in a later one, so a crash forgets none. Leases and items draw from one sequence of
/// numbers: whoever took a lease after an item came reads a state without it.
/// Thread safety: any thread. Leases end before it.
class GarbageBin {
 public:
  GarbageBin(store::MetaStore& meta, store::ObjectStore& objects, ManifestCache& cache)
      : meta_(meta), objects_(objects), cache_(cache) {}

  /// Takes over what an earlier run left, and deletes it.
  Result<> open();

  /// Keeps what is not garbage yet; take it before the pointer is read.
  std::unique_ptr<SnapshotLease> lease(const std::string& table);

  /// Writes the rows of new items, and removes rows of deleted ones.
  static Result<> write_rows(store::MetaTransaction& transaction,
                             const std::vector<GarbageItem>& items,
                             const std::vector<std::string>& deleted);
  /// Returns up to some thousand keys whose objects are deleted and whose rows are not.
  std::vector<std::string> deleted();
  /// Call after the transaction of write_rows() took place.
  void wrote(std::vector<GarbageItem> items, const std::vector<std::string>& deleted);

  /// Deletes what may go. What cannot be deleted stays for another time.
  void collect();

 private:
  class Lease;
  struct Waiting {
    std::uint64_t number;
    GarbageItem item;
  };
  struct State {
    std::uint64_t last_number = 0;
    std::map<std::string, std::set<std::uint64_t>> leases;  // by table
    std::deque<Waiting> waiting;
    std::set<std::string> deleted;
  };

  void end_lease(const std::string& table, std::uint64_t number);
  std::vector<Waiting> take_deletable();
  Result<> remove(const GarbageItem& item);
  Result<> remove_table(const std::string& metadata_key);

  store::MetaStore& meta_;
  store::ObjectStore& objects_;
  ManifestCache& cache_;
  Guarded<State> state_;
};

}  // namespace mobilake::catalog

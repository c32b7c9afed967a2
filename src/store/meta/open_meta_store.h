// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/doors.h"
#include "base/result.h"
#include "store/meta/meta_store.h"

namespace mobilake::store {

/// How the meta store is opened.
struct MetaStoreOptions {
  /// Absolute path of the database file, e.g. DIR/meta/meta.db. Its folder is made where it is
  /// missing.
  std::string path;
  /// Pages of the database kept in memory, in bytes; at least 1 MiB.
  std::uint64_t cache_size_bytes = 32u << 20;
};

/// Opens the embedded meta store (SQLite) or makes it; recovers what a crash left behind.
/// Every byte goes through `doors.disk`, which must outlive the store. The caller holds the data
/// folder's lock: one process at a time.
/// Fails with: corrupt (not a meta store, or damaged), exhausted (disk full), unavailable
/// (storage), unsupported (written by a newer version).
Result<std::unique_ptr<MetaStore>> open_meta_store(const MetaStoreOptions& options, Doors doors);

}  // namespace mobilake::store

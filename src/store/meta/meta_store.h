// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mobilake::store {

/// The reads and writes of one transaction; lives only within MetaStore::transact().
///
/// A space is a named, ordered map from byte string to byte string ("tables", "positions",
/// "users"). It exists from its first put.
class MetaTransaction {
 public:
  virtual ~MetaTransaction() = default;

  virtual Result<std::optional<std::string>> get(std::string_view space, std::string_view key) = 0;
  virtual Result<> put(std::string_view space, std::string_view key, std::string_view value) = 0;
  /// Removes the key; fine where it is missing.
  virtual Result<> remove(std::string_view space, std::string_view key) = 0;

  /// Returns up to `limit` pairs whose key begins with `prefix` and is greater than `after`, in key
  /// order.
  virtual Result<std::vector<std::pair<std::string, std::string>>> scan(std::string_view space,
                                                                        std::string_view prefix,
                                                                        std::string_view after,
                                                                        std::size_t limit) = 0;
};

/// The transactional tables of the system itself: accounts, devices, table pointers, consumer
/// positions.
///
/// Opened by open_meta_store(), owned by the server. Transactions are serializable: they run one
/// after the other. Thread safety: any thread; a transaction holds the store, so it does no I/O of
/// its own.
class MetaStore {
 public:
  using Work = std::function<Result<>(MetaTransaction&)>;

  virtual ~MetaStore() = default;

  /// Runs `work` and commits what it wrote, durably, before it returns; keeps nothing if `work`
  /// fails, and returns its error. Fails with: exhausted (disk full), unavailable (storage failed),
  /// corrupt.
  virtual Result<> transact(const Work& work) = 0;

  /// Runs `work` on a consistent state. Requires: `work` does not write.
  virtual Result<> read(const Work& work) = 0;

  /// Writes a consistent copy of the whole store to a new file at `path`, while others go on.
  virtual Result<> backup_to(const std::string& path) = 0;
};

}  // namespace mobilake::store

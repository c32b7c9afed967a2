// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/meta/inside/disk_vfs.h"
#include "store/meta/inside/sqlite_connection.h"
#include "store/meta/meta_store.h"
#include "store/meta/open_meta_store.h"

namespace mobilake::store {

/// The statements that a transaction runs, compiled once. The four scans differ in their bounds.
struct MetaStatements {
  StatementPointer get;
  StatementPointer put;
  StatementPointer remove;
  std::array<StatementPointer, 4> scans;  ///< [lower bound included] + 2 * [upper bound given]
};

/// MetaStore over SQLite: one table, one connection, a write-ahead log synced at each commit.
///
/// After a failed sync every later write is refused: the kernel may have dropped what it could not
/// write, and only a restart reads what is really there. Reads go on.
/// Thread safety: any thread; one transaction at a time holds the connection.
class SqliteMetaStore final : public MetaStore {
 public:
  static Result<std::unique_ptr<SqliteMetaStore>> open(const MetaStoreOptions& options,
                                                       Doors doors);
  ~SqliteMetaStore() override = default;

  Result<> transact(const Work& work) override;
  Result<> read(const Work& work) override;
  Result<> backup_to(const std::string& path) override;

 private:
  explicit SqliteMetaStore(Doors doors) : doors_(doors), vfs_(doors) {}

  Result<> configure(const MetaStoreOptions& options);
  Result<> found();
  Result<> prepare_statements();
  Result<> run(const char* begin, bool writes, const Work& work);
  Result<> end(Result<> outcome);
  Result<> copy_to(const std::string& path);

  Doors doors_;
  DiskVfs vfs_;
  std::mutex mutex_;
  std::atomic<std::thread::id> holder_{};
  ConnectionPointer connection_;
  MetaStatements statements_;
};

}  // namespace mobilake::store

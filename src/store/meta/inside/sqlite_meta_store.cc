// SPDX-License-Identifier: Apache-2.0
#include "store/meta/inside/sqlite_meta_store.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/check.h"
#include "store/meta/inside/sqlite_transaction.h"

namespace mobilake::store {
namespace {

// "MBLK": a SQLite file of somebody else is not taken for ours.
constexpr std::int64_t kApplicationId = 0x4d424c4b;
constexpr std::int64_t kFormatVersion = 1;
constexpr std::uint64_t kCacheBytesMin = 1u << 20;
// A step of a backup: 4 MiB, so that a transaction waits some milliseconds for it.
constexpr int kBackupPagesPerStep = 1024;

struct FinishBackup {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};
using BackupPointer = std::unique_ptr<sqlite3_backup, FinishBackup>;

}  // namespace

Result<std::unique_ptr<SqliteMetaStore>> SqliteMetaStore::open(const MetaStoreOptions& options,
                                                               Doors doors) {
  if (!options.path.starts_with('/'))
    return invalid("the meta store's path must be absolute, this is \"{}\"", options.path);
  MOBILAKE_TRY(doors.disk.make_directories(base::parent_directory(options.path)));
  std::unique_ptr<SqliteMetaStore> store(new SqliteMetaStore(doors));
  MOBILAKE_TRY(store->configure(options));
  MOBILAKE_TRY(store->found());
  MOBILAKE_TRY(store->prepare_statements());
  return store;
}

Result<> SqliteMetaStore::configure(const MetaStoreOptions& options) {
  MOBILAKE_ASSIGN(connection_,
                  open_connection(options.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs_));
  sqlite3* connection = connection_.get();
  // Exclusive before WAL: the index of the log then lives in the heap, not in shared memory.
  MOBILAKE_TRY(execute(connection, "PRAGMA locking_mode=EXCLUSIVE", vfs_));
  MOBILAKE_TRY(execute(connection, "PRAGMA synchronous=FULL", vfs_));
  MOBILAKE_TRY(execute(connection, "PRAGMA temp_store=MEMORY", vfs_));
  MOBILAKE_TRY(execute(connection, "PRAGMA trusted_schema=OFF", vfs_));
  MOBILAKE_TRY(execute(connection, "PRAGMA cell_size_check=ON", vfs_));
  const std::uint64_t cache_kib = std::max(options.cache_size_bytes, kCacheBytesMin) / 1024;
  MOBILAKE_TRY(execute(connection, fmt::format("PRAGMA cache_size=-{}", cache_kib), vfs_));
  MOBILAKE_ASSIGN(const std::string mode, query_text(connection, "PRAGMA journal_mode=WAL", vfs_));
  if (mode != "wal") return internal("the meta store works without its log, in mode \"{}\"", mode);
  return {};
}

// Makes the table of a new store; checks that an old one is ours and of a version that we read.
Result<> SqliteMetaStore::found() {
  sqlite3* connection = connection_.get();
  MOBILAKE_ASSIGN(const std::int64_t application,
                  query_number(connection, "PRAGMA application_id", vfs_));
  MOBILAKE_ASSIGN(const std::int64_t version,
                  query_number(connection, "PRAGMA user_version", vfs_));
  MOBILAKE_ASSIGN(const std::int64_t tables,
                  query_number(connection, "SELECT count(*) FROM sqlite_schema", vfs_));
  if (application == kApplicationId && version == kFormatVersion) return {};
  if (application == kApplicationId)
    return unsupported("the meta store is of format {}, this program reads {}", version,
                       kFormatVersion);
  if (application != 0 || version != 0 || tables != 0)
    return corrupt("the file is a database, but no meta store (application id {:#x})", application);
  Result<> made =
      execute(connection,
              fmt::format("BEGIN IMMEDIATE;"
                          "CREATE TABLE entries(space TEXT NOT NULL, key BLOB NOT NULL, "
                          "value BLOB NOT NULL, PRIMARY KEY(space, key)) WITHOUT ROWID;"
                          "PRAGMA application_id={};PRAGMA user_version={};COMMIT",
                          kApplicationId, kFormatVersion),
              vfs_);
  return std::move(made).within("making the meta store");
}

Result<> SqliteMetaStore::prepare_statements() {
  sqlite3* connection = connection_.get();
  MOBILAKE_ASSIGN(statements_.get,
                  prepare(connection, "SELECT value FROM entries WHERE space=?1 AND key=?2", vfs_));
  MOBILAKE_ASSIGN(statements_.put,
                  prepare(connection,
                          "INSERT INTO entries(space, key, value) VALUES(?1, ?2, ?3) "
                          "ON CONFLICT(space, key) DO UPDATE SET value=excluded.value",
                          vfs_));
  MOBILAKE_ASSIGN(statements_.remove,
                  prepare(connection, "DELETE FROM entries WHERE space=?1 AND key=?2", vfs_));
  for (std::size_t which = 0; which < statements_.scans.size(); ++which) {
    const std::string sql = fmt::format(
        "SELECT key, value FROM entries WHERE space=?1 AND key{}?2{} ORDER BY key LIMIT ?3",
        (which & 1) != 0 ? ">=" : ">", (which & 2) != 0 ? " AND key<?4" : "");
    MOBILAKE_ASSIGN(statements_.scans[which], prepare(connection, sql, vfs_));
  }
  return {};
}

Result<> SqliteMetaStore::transact(const Work& work) {
  return run("BEGIN IMMEDIATE", true, work);
}

Result<> SqliteMetaStore::read(const Work& work) {
  return run("BEGIN", false, work);
}

Result<> SqliteMetaStore::run(const char* begin, bool writes, const Work& work) {
  // A transaction within a transaction would wait for itself.
  MOBILAKE_CHECK(holder_.load() != std::this_thread::get_id());
  const std::lock_guard lock(mutex_);
  if (writes && vfs_.sync_failed())
    return unavailable("the meta store is read-only since a sync failed; restart the server");
  MOBILAKE_TRY(execute(connection_.get(), begin, vfs_));
  holder_.store(std::this_thread::get_id());
  SqliteTransaction transaction(connection_.get(), statements_, vfs_, writes);
  Result<> outcome;
  try {
    outcome = work(transaction);
  } catch (const std::exception& thrown) {
    outcome = internal("a transaction threw: {}", thrown.what());
  } catch (...) {
    outcome = internal("a transaction threw");
  }
  holder_.store(std::thread::id());
  return end(std::move(outcome));
}

// Commits after success, rolls back after failure.
Result<> SqliteMetaStore::end(Result<> outcome) {
  sqlite3* connection = connection_.get();
  // A full disk or a failed write may have ended the transaction already, whatever `work` made of
  // it.
  const bool open = sqlite3_get_autocommit(connection) == 0;
  if (outcome.ok() && !open) outcome = unavailable("the storage under the meta store failed");
  if (outcome.ok()) outcome = execute(connection, "COMMIT", vfs_);
  if (!outcome.ok() && sqlite3_get_autocommit(connection) == 0) {
    const Result<> undone = execute(connection, "ROLLBACK", vfs_);
    MOBILAKE_CHECK(undone.ok() || sqlite3_get_autocommit(connection) != 0);
  }
  return outcome;
}

Result<> SqliteMetaStore::backup_to(const std::string& path) {
  MOBILAKE_ASSIGN(const bool exists, doors_.disk.exists(path));
  if (exists) return already_exists("there is a file {}", path);
  const std::string partial = path + ".partial";
  const auto copy = [&]() -> Result<> {
    MOBILAKE_TRY(copy_to(partial));
    MOBILAKE_TRY(doors_.disk.rename(partial, path));
    return doors_.disk.sync_directory(base::parent_directory(path));
  };
  Result<> done = copy();
  if (!done.ok()) {
    // What is left is of no use; that it may not go either changes nothing about the error.
    static_cast<void>(doors_.disk.remove(partial).ok());
    static_cast<void>(doors_.disk.remove(partial + "-journal").ok());
  }
  return std::move(done).within("backing up the meta store");
}

Result<> SqliteMetaStore::copy_to(const std::string& path) {
  // The target has a vfs of its own: an error or failed sync there is none of the store's.
  DiskVfs target_vfs(doors_);
  MOBILAKE_ASSIGN(const bool stale, doors_.disk.exists(path));
  if (stale) MOBILAKE_TRY(doors_.disk.remove(path));
  MOBILAKE_ASSIGN(const ConnectionPointer target,
                  open_connection(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, target_vfs));
  MOBILAKE_TRY(execute(target.get(), "PRAGMA locking_mode=EXCLUSIVE", target_vfs));
  MOBILAKE_TRY(execute(target.get(), "PRAGMA synchronous=FULL", target_vfs));
  BackupPointer backup;
  {
    const std::lock_guard lock(mutex_);
    backup.reset(sqlite3_backup_init(target.get(), "main", connection_.get(), "main"));
    if (backup == nullptr)
      return sqlite_error("copying", sqlite3_errcode(target.get()), target.get(), target_vfs);
  }
  // Between the steps others go on; SQLite repeats in the copy what they change behind its back.
  while (true) {
    std::this_thread::yield();
    const std::lock_guard lock(mutex_);
    const int code = sqlite3_backup_step(backup.get(), kBackupPagesPerStep);
    if (code == SQLITE_OK) continue;
    const int finished = sqlite3_backup_finish(backup.release());
    if (code == SQLITE_DONE && finished == SQLITE_OK) return {};
    return sqlite_error("copying", code == SQLITE_DONE ? finished : code, nullptr, target_vfs);
  }
}

}  // namespace mobilake::store

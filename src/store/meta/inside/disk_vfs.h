// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>

#include "base/doors.h"
#include "base/result.h"

namespace mobilake::store {

/// SQLite's way to the outside world (sqlite.org/vfs.html), through our doors.
///
/// Every read, write and sync of database, log and journal goes to Disk, so that the fault and
/// power-cut disks reach it. There is no shared memory and locks do nothing: one process holds the
/// data folder, and the connection runs in exclusive locking mode. A file's name is durable when it
/// is open. Registered under name() as long as it lives, which must be longer than any connection.
/// Thread safety: that of the connection: one thread at a time.
class DiskVfs {
 public:
  explicit DiskVfs(Doors doors);
  DiskVfs(const DiskVfs&) = delete;
  DiskVfs& operator=(const DiskVfs&) = delete;
  ~DiskVfs();

  const char* name() const { return name_.c_str(); }

  /// Returns whether a sync failed since the start: nothing that was written since may then be
  /// trusted to be durable, and a second try proves nothing.
  bool sync_failed() const { return sync_failed_; }

  /// Returns what the disk said of the last call that failed, once.
  std::optional<Error> take_error();

 private:
  struct Calls;

  /// Opens a file as SQLite's flags say, its name durable.
  Result<std::unique_ptr<File>> open_durably(const std::string& path, int flags);
  /// Remembers what the disk said and returns SQLite's code for it.
  int keep(const Error& error, int otherwise);

  Doors doors_;
  std::string name_;
  sqlite3_vfs vfs_{};
  bool sync_failed_ = false;
  std::optional<Error> error_;
};

}  // namespace mobilake::store

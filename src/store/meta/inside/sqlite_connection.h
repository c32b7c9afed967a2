// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/meta/inside/disk_vfs.h"

namespace mobilake::store {

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using ConnectionPointer = std::unique_ptr<sqlite3, CloseConnection>;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPointer = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// Returns the error of `code`: exhausted for a full disk, corrupt for a damaged or foreign file,
/// unavailable for what the disk refused, with its words.
Error sqlite_error(std::string_view doing, int code, sqlite3* connection, DiskVfs& vfs);

/// Opens `path` on `vfs`. Requires: the folder exists.
Result<ConnectionPointer> open_connection(const std::string& path, int flags, DiskVfs& vfs);

/// Runs statements that return nothing of interest.
Result<> execute(sqlite3* connection, const std::string& sql, DiskVfs& vfs);

/// Returns the first column of the first row, e.g. of a PRAGMA.
Result<std::int64_t> query_number(sqlite3* connection, const std::string& sql, DiskVfs& vfs);
Result<std::string> query_text(sqlite3* connection, const std::string& sql, DiskVfs& vfs);

/// Compiles a statement that is used again and again.
Result<StatementPointer> prepare(sqlite3* connection, std::string_view sql, DiskVfs& vfs);

}  // namespace mobilake::store

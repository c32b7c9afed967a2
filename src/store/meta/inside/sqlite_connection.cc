// SPDX-License-Identifier: Apache-2.0
#include "store/meta/inside/sqlite_connection.h"

namespace mobilake::store {

Error sqlite_error(std::string_view doing, int code, sqlite3* connection, DiskVfs& vfs) {
  const std::optional<Error> disk = vfs.take_error();
  const std::string why = disk.has_value()        ? disk->message
                          : connection != nullptr ? sqlite3_errmsg(connection)
                                                  : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return exhausted("{}: {}", doing, why);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return corrupt("{}: {}", doing, why);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_READONLY:
      return unavailable("{}: {}", doing, why);
    case SQLITE_TOOBIG:
      return invalid("{}: {}", doing, why);
    default:
      return internal("{}: {} ({})", doing, why, code);
  }
}

Result<ConnectionPointer> open_connection(const std::string& path, int flags, DiskVfs& vfs) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, vfs.name());
  ConnectionPointer connection(raw);
  if (code != SQLITE_OK) return sqlite_error("opening the meta store", code, raw, vfs);
  sqlite3_extended_result_codes(raw, 1);
  return connection;
}

Result<> execute(sqlite3* connection, const std::string& sql, DiskVfs& vfs) {
  const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_error("in the meta store", code, connection, vfs);
  return {};
}

Result<StatementPointer> prepare(sqlite3* connection, std::string_view sql, DiskVfs& vfs) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return sqlite_error("in the meta store", code, connection, vfs);
  return StatementPointer(raw);
}

Result<std::string> query_text(sqlite3* connection, const std::string& sql, DiskVfs& vfs) {
  MOBILAKE_ASSIGN(const StatementPointer statement, prepare(connection, sql, vfs));
  const int code = sqlite3_step(statement.get());
  if (code != SQLITE_ROW) return sqlite_error("in the meta store", code, connection, vfs);
  const unsigned char* text = sqlite3_column_text(statement.get(), 0);
  return std::string(text == nullptr ? "" : reinterpret_cast<const char*>(text));
}

Result<std::int64_t> query_number(sqlite3* connection, const std::string& sql, DiskVfs& vfs) {
  MOBILAKE_ASSIGN(const StatementPointer statement, prepare(connection, sql, vfs));
  const int code = sqlite3_step(statement.get());
  if (code != SQLITE_ROW) return sqlite_error("in the meta store", code, connection, vfs);
  return static_cast<std::int64_t>(sqlite3_column_int64(statement.get(), 0));
}

}  // namespace mobilake::store

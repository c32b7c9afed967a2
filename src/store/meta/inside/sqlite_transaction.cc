// SPDX-License-Identifier: Apache-2.0
#include "store/meta/inside/sqlite_transaction.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace mobilake::store {
namespace {

// A statement in use: parameters in order, then steps; gives the statement back at the end.
class Run {
 public:
  explicit Run(const StatementPointer& statement) : statement_(statement.get()) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  Run& text(std::string_view value) {
    return keep(sqlite3_bind_text64(statement_, ++parameter_, not_null(value), value.size(),
                                    SQLITE_STATIC, SQLITE_UTF8));
  }
  Run& bytes(std::string_view value) {
    return keep(sqlite3_bind_blob64(statement_, ++parameter_, not_null(value), value.size(),
                                    SQLITE_STATIC));
  }
  Run& number(std::int64_t value) {
    return keep(sqlite3_bind_int64(statement_, ++parameter_, value));
  }

  /// Returns SQLITE_ROW, SQLITE_DONE or an error.
  int step() { return code_ == SQLITE_OK ? sqlite3_step(statement_) : code_; }

  std::string column(int index) {
    const void* at = sqlite3_column_blob(statement_, index);
    const int size = sqlite3_column_bytes(statement_, index);
    if (at == nullptr) return "";
    return std::string(static_cast<const char*>(at), static_cast<std::size_t>(size));
  }

 private:
  // A null pointer would bind NULL where an empty value is meant.
  static const char* not_null(std::string_view value) {
    return value.data() == nullptr ? "" : value.data();
  }
  Run& keep(int code) {
    if (code_ == SQLITE_OK) code_ = code;
    return *this;
  }

  sqlite3_stmt* statement_;
  int parameter_ = 0;
  int code_ = SQLITE_OK;
};

// Returns the smallest byte string above all that begin with `prefix`, or nothing where there is
// none.
std::optional<std::string> end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF)
    end.pop_back();
  if (end.empty()) return std::nullopt;
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace

Result<std::optional<std::string>> SqliteTransaction::get(std::string_view space,
                                                          std::string_view key) {
  Run run(statements_.get);
  const int code = run.text(space).bytes(key).step();
  if (code == SQLITE_DONE) return std::optional<std::string>();
  if (code != SQLITE_ROW) return error(code);
  return std::optional<std::string>(run.column(0));
}

Result<> SqliteTransaction::put(std::string_view space, std::string_view key,
                                std::string_view value) {
  MOBILAKE_CHECK(writes_);
  Run run(statements_.put);
  const int code = run.text(space).bytes(key).bytes(value).step();
  if (code != SQLITE_DONE) return error(code);
  return {};
}

Result<> SqliteTransaction::remove(std::string_view space, std::string_view key) {
  MOBILAKE_CHECK(writes_);
  Run run(statements_.remove);
  const int code = run.text(space).bytes(key).step();
  if (code != SQLITE_DONE) return error(code);
  return {};
}

Result<std::vector<std::pair<std::string, std::string>>> SqliteTransaction::scan(
    std::string_view space, std::string_view prefix, std::string_view after, std::size_t limit) {
  // One lower bound and one upper: SQLite seeks by one of each and filters by the others.
  const bool from_prefix = after < prefix;
  const std::optional<std::string> end = end_of_prefix(prefix);
  const std::size_t which = (from_prefix ? 1u : 0u) + (end.has_value() ? 2u : 0u);
  Run run(statements_.scans[which]);
  constexpr auto kLimitMax = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  run.text(space).bytes(from_prefix ? prefix : after);
  run.number(static_cast<std::int64_t>(std::min(limit, kLimitMax)));
  if (end.has_value()) run.bytes(*end);
  std::vector<std::pair<std::string, std::string>> rows;
  int code = run.step();
  for (; code == SQLITE_ROW; code = run.step())
    rows.emplace_back(run.column(0), run.column(1));
  if (code != SQLITE_DONE) return error(code);
  return rows;
}

}  // namespace mobilake::store

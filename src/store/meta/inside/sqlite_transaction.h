// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/meta/inside/sqlite_meta_store.h"

namespace mobilake::store {

/// The reads and writes of one transaction of SqliteMetaStore.
class SqliteTransaction final : public MetaTransaction {
 public:
  SqliteTransaction(sqlite3* connection, MetaStatements& statements, DiskVfs& vfs, bool writes)
      : connection_(connection), statements_(statements), vfs_(vfs), writes_(writes) {}

  Result<std::optional<std::string>> get(std::string_view space, std::string_view key) override;
  Result<> put(std::string_view space, std::string_view key, std::string_view value) override;
  Result<> remove(std::string_view space, std::string_view key) override;
  Result<std::vector<std::pair<std::string, std::string>>> scan(std::string_view space,
                                                                std::string_view prefix,
                                                                std::string_view after,
                                                                std::size_t limit) override;

 private:
  Error error(int code) { return sqlite_error("in the meta store", code, connection_, vfs_); }

  sqlite3* connection_;
  MetaStatements& statements_;
  DiskVfs& vfs_;
  bool writes_;
};

}  // namespace mobilake::store

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/table.h"
#include "model/permit.h"

namespace mobilake::catalog {

/// What a new table is to be.
struct NewTable {
  model::TableName name;
  TableSchema schema;
  PartitionSpec partition_spec{};
  SortOrder sort_order{};
  std::map<std::string, std::string> properties{};
};

/// Keeps the files of one snapshot from being deleted while it lives. Moved with the query that
/// reads them.
class SnapshotLease {
 public:
  virtual ~SnapshotLease() = default;
};

/// A file to scan, with the address for engines.
struct PlannedFile {
  std::string location;
  DataFile file;
};

/// The files of one snapshot of a table, for one query.
struct TablePlan {
  TableState table;
  std::vector<PlannedFile> files;
  std::unique_ptr<SnapshotLease> lease;
};

/// Returns the resource that a permit on a table names: "table/account.namespace.table".
std::string table_resource(const model::TableName& name);

/// What tables exist, on somebody's behalf: every call takes the permit for exactly that table.
/// What the system does for itself (streams, maintenance) goes through TableCommitter.
///
/// Opened by open_catalog(), owned by the server. Thread safety: any thread.
class Catalog {
 public:
  virtual ~Catalog() = default;

  /// Makes an empty table, durably. Takes: kManage.
  /// Fails with: denied (another permit), already_exists, invalid (ids, types, names).
  virtual Result<TableState> create_table(const model::Permit& permit, const NewTable& table) = 0;

  /// Removes a table from the catalog, then its files when the last query's lease ends. Takes:
  /// kManage.
  virtual Result<> drop_table(const model::Permit& permit, const model::TableName& name) = 0;

  /// Returns what the table is now. Takes: kDescribe, or kSelect. Fails with: denied, not_found.
  virtual Result<TableState> describe(const model::Permit& permit,
                                      const model::TableName& name) = 0;

  /// Returns the files of the current snapshot. Takes: kSelect. Fails with: denied, not_found.
  virtual Result<TablePlan> plan(const model::Permit& permit, const model::TableName& name) = 0;

  /// Returns all names, in order; the caller leaves out what the principal may not see.
  virtual Result<std::vector<model::TableName>> list() = 0;
};

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/table.h"
#include "log/log_types.h"
#include "store/meta/meta_store.h"

namespace mobilake::catalog {

/// What one commit does to one table. The files were stored through the ObjectStore before.
struct TableChange {
  model::TableName table;
  std::vector<DataFile> added{};
  std::vector<std::string>
      removed_keys{};  ///< live files whose rows the added ones hold now (a merge)
  std::map<std::string, std::string> summary{};  ///< more entries for the snapshot's summary
};

/// How far a consumer of the log moves in the same transaction.
struct ConsumerAdvance {
  std::string consumer;
  log::Family family = log::Family::kData;
  log::Positions expected;  ///< where it stood: compared for every partition in `next`
  log::Positions next;      ///< where it stands after
};

/// A whole commit: several tables, a consumer's positions and the caller's own counters, all or
/// nothing.
struct Commit {
  std::vector<TableChange> changes{};  ///< each table at most once; one without files only advances
  std::optional<ConsumerAdvance> advance{};
  /// Runs inside the meta transaction, after the comparison; its error undoes the whole. May run
  /// again after a conflict, so it may only read and write the transaction.
  store::MetaStore::Work also{};
};

/// What stands after a commit, in the order of Commit::changes.
struct CommitReceipt {
  std::vector<TableState> tables;
  int attempts = 1;  ///< how often the metadata was built, 1 without a conflict
};

/// Plans and commits changes of tables on the system's own behalf: stream tables and maintenance.
/// Whoever serves people is handed a Catalog instead.
///
/// Opened by open_catalog(), owned by the server. Thread safety: any thread.
class TableCommitter {
 public:
  virtual ~TableCommitter() = default;

  /// Makes the table unless it exists; an existing one is returned as it is.
  virtual Result<TableState> ensure_table(const NewTable& table) = 0;

  /// Fails with: not_found.
  virtual Result<TableState> load(const model::TableName& name) = 0;
  virtual Result<TablePlan> plan(const model::TableName& name) = 0;

  /// Writes and syncs manifests and metadata, then swaps all pointers and moves the positions in
  /// one transaction. When another commit came first, the append is put on top of it, a bounded
  /// number of times. A failure never deletes a file: whether an unanswered transaction took place
  /// is looked up. Fails with: conflict (positions are not the expected ones, a removed file is no
  /// longer live, or the bound), not_found (table), exhausted (disk full), unavailable (storage;
  /// the outcome may be unknown).
  virtual Result<CommitReceipt> commit(const Commit& commit) = 0;

  /// Returns how far a consumer has come; a partition that it never touched is missing.
  virtual Result<log::Positions> positions(std::string_view consumer, log::Family family) = 0;
};

}  // namespace mobilake::catalog

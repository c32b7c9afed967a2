// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "catalog/commit.h"

namespace mobilake::prepare {

/// A catalog that keeps its tables in a meta store's transactions and nothing of Iceberg: for tests
/// of what commits, and for staging what may go wrong with a commit.
/// Thread safety: any thread.
class FakeCommitter final : public catalog::TableCommitter {
 public:
  explicit FakeCommitter(store::MetaStore& meta) : meta_(meta) {}

  Result<catalog::TableState> ensure_table(const catalog::NewTable& table) override;
  Result<catalog::TableState> load(const model::TableName& name) override;
  Result<catalog::TablePlan> plan(const model::TableName& name) override;
  Result<catalog::CommitReceipt> commit(const catalog::Commit& commit) override;
  Result<log::Positions> positions(std::string_view consumer, log::Family family) override;

  /// Fails the next commits with this, before they do anything.
  void fail_commits(int count, Error error);
  void drop_table(const model::TableName& name);

 private:
  struct Table {
    catalog::TableState state;
    std::vector<catalog::DataFile> files;
  };
  struct State {
    std::map<model::TableName, Table> tables;
    int commits_to_fail = 0;
    Error error;
    std::int64_t sequence = 0;
  };
  Result<> change(State& state, const catalog::Commit& commit);
  static Result<> move_positions(store::MetaTransaction& transaction,
                                 const catalog::ConsumerAdvance& advance);

  store::MetaStore& meta_;
  Guarded<State> state_;
};

}  // namespace mobilake::prepare

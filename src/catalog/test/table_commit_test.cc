// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catalog/commit.h"
#include "catalog/test/small_lake.h"

namespace mobilake::catalog {
namespace {

using log::Family;
using log::Offset;
using log::PartitionId;

log::Positions at(std::uint64_t first, std::uint64_t second) {
  return {{PartitionId(0), Offset(first)}, {PartitionId(1), Offset(second)}};
}

class TableCommitTest : public testing::Test {
 protected:
  void SetUp() override {
    signals_ = *lake_.committer().ensure_table(small_table("signals"));
    letters_ = *lake_.committer().ensure_table(small_table("dead_letters"));
  }

  /// One file to each table, and the consumer from `expected` to `next`.
  Commit both(const log::Positions& expected, const log::Positions& next) {
    return {.changes = {{.table = signals_.name, .added = {lake_.put_file(signals_, 5)}},
                        {.table = letters_.name, .added = {lake_.put_file(letters_, 2)}}},
            .advance = ConsumerAdvance{"signals", Family::kData, expected, next}};
  }

  std::int64_t rows(const TableState& table) {
    return lake_.committer().load(table.name)->row_count;
  }

  SmallLake lake_;
  TableState signals_;
  TableState letters_;
};

TEST_F(TableCommitTest, MovesTablesPositionsAndCountersTogether) {
  Commit commit = both({}, at(7, 3));
  commit.also = [](store::MetaTransaction& transaction) {
    return transaction.put("counters", "rows", "7");
  };
  const auto done = lake_.committer().commit(commit);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->attempts, 1);
  ASSERT_EQ(done->tables.size(), 2u);
  EXPECT_EQ(done->tables[0].row_count, 5);
  EXPECT_EQ(done->tables[1].row_count, 2);
  EXPECT_EQ(*lake_.committer().positions("signals", Family::kData), at(7, 3));
  EXPECT_TRUE(lake_.committer().positions("signals", Family::kSystem)->empty());
  EXPECT_EQ(lake_.meta().snapshot().at("counters").at("rows"), "7");
  lake_.open();
  EXPECT_EQ(rows(signals_), 5);
  EXPECT_EQ(*lake_.committer().positions("signals", Family::kData), at(7, 3));
}

TEST_F(TableCommitTest, ChangesNothingWhenThePositionsAreOthers) {
  ASSERT_TRUE(lake_.committer().commit(both({}, at(7, 3))).ok());
  const auto before = lake_.meta().snapshot();
  Commit stale = both(at(7, 2), at(9, 9));
  const std::size_t objects = lake_.objects().keys().size();
  bool asked = false;
  stale.also = [&](store::MetaTransaction&) -> Result<> {
    asked = true;
    return {};
  };
  const auto refused = lake_.committer().commit(stale);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_FALSE(asked);
  EXPECT_EQ(lake_.meta().snapshot(), before);
  EXPECT_EQ(lake_.objects().keys().size(), objects) << "its metadata is gone, its files are not";
  EXPECT_TRUE(lake_.committer().commit(both(at(7, 3), at(9, 9))).ok());
}

TEST_F(TableCommitTest, ChangesNothingWhenTheCallersWorkFails) {
  const auto before = lake_.meta().snapshot();
  Commit commit = both({}, at(1, 1));
  const std::size_t objects = lake_.objects().keys().size();
  commit.also = [](store::MetaTransaction&) -> Result<> { return denied("on purpose"); };
  EXPECT_EQ(lake_.committer().commit(commit).error().code, Code::kDenied);
  EXPECT_EQ(lake_.meta().snapshot(), before);
  EXPECT_EQ(lake_.objects().keys().size(), objects);
  EXPECT_EQ(rows(signals_), 0);
}

TEST_F(TableCommitTest, AdvancesWithoutFilesOrTables) {
  const Commit advance{.changes = {{.table = signals_.name}},
                       .advance = ConsumerAdvance{"signals", Family::kData, {}, at(4, 0)}};
  const auto done = lake_.committer().commit(advance);
  ASSERT_TRUE(done.ok());
  EXPECT_FALSE(done->tables.front().snapshot.has_value());
  EXPECT_EQ(*lake_.committer().positions("signals", Family::kData), at(4, 0));
  EXPECT_EQ(lake_.committer().commit(advance).error().code, Code::kConflict);
}

TEST_F(TableCommitTest, PutsAnAppendOnTopOfWhoeverWasFirst) {
  const Commit late = both({}, at(7, 3));
  bool staged = false;
  lake_.meta().before_transact([&] {
    if (std::exchange(staged, true)) return;
    lake_.append(signals_, 100);
  });
  const auto done = lake_.committer().commit(late);
  lake_.meta().before_transact({});
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->attempts, 2);
  EXPECT_EQ(done->tables[0].row_count, 105);
  EXPECT_EQ(done->tables[0].snapshot->sequence_number, 2);
  const auto plan = lake_.committer().plan(signals_.name);
  ASSERT_EQ(plan->files.size(), 2u);
  std::set<std::int64_t> sequences;
  for (const PlannedFile& planned : plan->files)
    sequences.insert(planned.file.sequence_number);
  EXPECT_EQ(sequences, (std::set<std::int64_t>{1, 2}));
  // Two states and one manifest a commit; what the lost attempt wrote is gone.
  EXPECT_EQ(lake_.objects_ending("-m.avro"), 3u);
}

TEST_F(TableCommitTest, GivesUpAfterSoManyConflicts) {
  CatalogConfig config;
  config.commit_attempts_max = 3;
  SmallLake lake(config);
  const TableState table = *lake.committer().ensure_table(small_table());
  const DataFile file = lake.put_file(table, 1);
  bool busy = false;
  lake.meta().before_transact([&] {
    if (busy) return;
    busy = true;
    lake.append(table);
    busy = false;
  });
  const auto lost = lake.committer().commit({.changes = {{.table = table.name, .added = {file}}}});
  lake.meta().before_transact({});
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Code::kConflict);
  EXPECT_EQ(lake.committer().load(table.name)->row_count, 3);
  EXPECT_TRUE(lake.has(file.key)) << "the caller's file is the caller's";
}

TEST_F(TableCommitTest, FindsOutThatAnUnansweredCommitTookPlace) {
  const Commit commit = both({}, at(7, 3));
  lake_.meta().lose_next(store::FakeMetaStore::Lost::kAfter);
  const auto done = lake_.committer().commit(commit);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(rows(signals_), 5);
  EXPECT_EQ(*lake_.committer().positions("signals", Family::kData), at(7, 3));
}

TEST_F(TableCommitTest, DeletesNothingWhenTheOutcomeIsUnknown) {
  const Commit commit = both({}, at(7, 3));
  lake_.meta().lose_next(store::FakeMetaStore::Lost::kBefore);
  const auto lost = lake_.committer().commit(commit);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Code::kUnavailable);
  EXPECT_EQ(rows(signals_), 0);
  EXPECT_EQ(lake_.objects_ending("-m.avro"), 2u) << "it might have taken place";
  const auto again = lake_.committer().commit(commit);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(rows(signals_), 5);
}

TEST_F(TableCommitTest, LeavesNothingBehindWhenMetadataCannotBeStored) {
  for (int kept = 0; kept < 6; ++kept) {
    const Commit commit = both({}, at(7, 3));
    const auto before = lake_.objects().keys();
    lake_.objects().fail_puts(1, kept);
    const auto failed = lake_.committer().commit(commit);
    ASSERT_FALSE(failed.ok()) << kept << " puts worked";
    EXPECT_EQ(failed.error().code, Code::kUnavailable);
    EXPECT_EQ(lake_.objects().keys(), before);
  }
  EXPECT_TRUE(lake_.committer().commit(both({}, at(7, 3))).ok());
}

TEST_F(TableCommitTest, RefusesTheSameTableOrFileTwice) {
  const DataFile file = lake_.put_file(signals_, 1);
  const TableChange change{.table = signals_.name, .added = {file}};
  EXPECT_EQ(lake_.committer().commit({.changes = {change, change}}).error().code, Code::kInvalid);
  EXPECT_EQ(lake_.committer()
                .commit({.changes = {{.table = signals_.name, .added = {file, file}}}})
                .error()
                .code,
            Code::kInvalid);
  EXPECT_TRUE(lake_.committer().commit({.changes = {change}}).ok());
}

TEST_F(TableCommitTest, ReplacesFilesByOneThatHoldsTheirRows) {
  const DataFile first = lake_.put_file(signals_, 3, 20'500);
  const DataFile second = lake_.put_file(signals_, 4, 20'501);
  const DataFile merged = lake_.put_file(signals_, 7, 20'500);
  TableCommitter& committer = lake_.committer();
  ASSERT_TRUE(
      committer.commit({.changes = {{.table = signals_.name, .added = {first, second}}}}).ok());
  const Commit merge{.changes = {{.table = signals_.name,
                                  .added = {merged},
                                  .removed_keys = {first.key, second.key},
                                  .summary = {{"mobilake.reason", "merge"}}}}};
  const auto done = committer.commit(merge);
  ASSERT_TRUE(done.ok()) << done.error().message;
  const auto& summary = done->tables.front().snapshot->summary;
  EXPECT_EQ(summary.at("operation"), "replace");
  EXPECT_EQ(summary.at("deleted-data-files"), "2");
  EXPECT_EQ(summary.at("changed-partition-count"), "2");
  EXPECT_EQ(summary.at("mobilake.reason"), "merge");
  EXPECT_EQ(done->tables.front().row_count, 7);
  EXPECT_EQ(done->tables.front().file_count, 1);
  EXPECT_EQ(done->tables.front().size_bytes, 70);
  EXPECT_EQ(lake_.live_keys(signals_.name), std::vector<std::string>{merged.key});
  EXPECT_TRUE(lake_.has(first.key)) << "older snapshots still name it";
  EXPECT_EQ(committer.commit(merge).error().code, Code::kConflict);
}

TEST_F(TableCommitTest, NamesTheOperationByItsFiles) {
  const DataFile first = lake_.put_file(signals_, 3);
  const DataFile second = lake_.put_file(signals_, 2);
  const auto operation = [&](std::vector<DataFile> added, std::vector<std::string> removed) {
    const auto done = lake_.committer().commit({.changes = {{.table = signals_.name,
                                                             .added = std::move(added),
                                                             .removed_keys = std::move(removed)}}});
    return done.ok() ? done->tables.front().snapshot->summary.at("operation")
                     : done.error().message;
  };
  EXPECT_EQ(operation({first}, {}), "append");
  EXPECT_EQ(operation({second}, {first.key}), "overwrite");
  EXPECT_EQ(operation({}, {second.key}), "delete");
  EXPECT_EQ(rows(signals_), 0);
}

TEST_F(TableCommitTest, CarriesWhatManifestsSayOfAFile) {
  const DataFile file = lake_.put_file(signals_, 3, -1);
  ASSERT_TRUE(
      lake_.committer().commit({.changes = {{.table = signals_.name, .added = {file}}}}).ok());
  lake_.open();
  const auto plan = lake_.committer().plan(signals_.name);
  ASSERT_EQ(plan->files.size(), 1u);
  const DataFile& found = plan->files.front().file;
  EXPECT_EQ(plan->files.front().location, lake_.objects().location(file.key));
  EXPECT_EQ(found.row_count, 3);
  EXPECT_EQ(found.size_bytes, 30);
  EXPECT_EQ(found.day, -1);
  EXPECT_EQ(found.split_offsets, file.split_offsets);
  EXPECT_EQ(found.sequence_number, 1);
  ASSERT_EQ(found.columns.size(), file.columns.size());
  for (std::size_t i = 0; i < file.columns.size(); ++i) {
    EXPECT_EQ(found.columns[i].field_id, file.columns[i].field_id);
    EXPECT_EQ(found.columns[i].null_count, file.columns[i].null_count);
    EXPECT_EQ(found.columns[i].lower, file.columns[i].lower);
    EXPECT_EQ(found.columns[i].upper, file.columns[i].upper);
  }
}

TEST_F(TableCommitTest, HistoryNeverStepsBackWithTheClock) {
  const TableState first = lake_.append(signals_);
  lake_.clock().step_to(lake_.clock().now() - std::chrono::hours(1));
  const TableState second = lake_.append(signals_);
  EXPECT_GE(second.snapshot->timestamp_ms, first.snapshot->timestamp_ms);
}

TEST(TableCommitConcurrencyTest, TwoCommittersLoseNoFileAndNoPosition) {
  constexpr int kCommits = 40;
  SmallLake lake;
  const TableState table = *lake.committer().ensure_table(small_table());
  std::atomic<int> rebased = 0;
  const auto work = [&](const std::string& consumer) {
    for (std::uint64_t i = 0; i < kCommits; ++i) {
      const DataFile file =
          data_file(data_file_key(table, 20'500, consumer + std::to_string(i)), 1);
      ConsumerAdvance advance{consumer, Family::kData, at(i, 0), at(i + 1, 0)};
      const auto done = lake.committer().commit(
          {.changes = {{.table = table.name, .added = {file}}}, .advance = std::move(advance)});
      ASSERT_TRUE(done.ok()) << done.error().message;
      if (done->attempts > 1) rebased += 1;
      ASSERT_TRUE(lake.committer().plan(table.name).ok());
    }
  };
  std::thread first(work, "first");
  std::thread second(work, "second");
  first.join();
  second.join();
  EXPECT_EQ(lake.live_keys(table.name).size(), 2u * kCommits);
  EXPECT_EQ(lake.committer().load(table.name)->row_count, 2 * kCommits);
  EXPECT_EQ(*lake.committer().positions("first", Family::kData), at(kCommits, 0));
  EXPECT_EQ(*lake.committer().positions("second", Family::kData), at(kCommits, 0));
}

TEST(TableCommitConcurrencyTest, OneConsumerTwiceAdvancesOnce) {
  constexpr std::uint64_t kCommits = 40;
  SmallLake lake;
  const TableState table = *lake.committer().ensure_table(small_table());
  std::atomic<std::uint64_t> won = 0;
  const auto work = [&](const std::string& who) {
    std::uint64_t tries = 0;
    while (true) {
      const auto stands = lake.committer().positions("signals", Family::kData);
      const auto found = stands->find(PartitionId(0));
      const std::uint64_t next = found == stands->end() ? 0 : found->second.value();
      if (next >= kCommits) return;
      const DataFile file =
          data_file(data_file_key(table, 20'500, who + std::to_string(tries++)), 1);
      const auto done = lake.committer().commit(
          {.changes = {{.table = table.name, .added = {file}}},
           .advance = ConsumerAdvance{"signals", Family::kData, at(next, 0), at(next + 1, 0)}});
      if (done.ok())
        won += 1;
      else
        ASSERT_EQ(done.error().code, Code::kConflict);
    }
  };
  std::thread first(work, "first");
  std::thread second(work, "second");
  first.join();
  second.join();
  EXPECT_EQ(won, kCommits);
  EXPECT_EQ(lake.committer().load(table.name)->row_count, static_cast<std::int64_t>(kCommits));
}

}  // namespace
}  // namespace mobilake::catalog

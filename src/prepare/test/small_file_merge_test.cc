// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/tables/small_file_merge.h"

#include <gtest/gtest.h>

#include <set>

#include "prepare/inside/tables/table_files.h"
#include "prepare/test/stream_lake.h"

namespace mobilake::prepare {
namespace {

class SmallFileMergeTest : public testing::Test {
 protected:
  SmallFileMergeTest() { lake_.config.merge_files = 4; }

  /// Makes `count` commits of two rows each.
  void commit_times(int count, int day = 0) {
    for (int i = 0; i < count; ++i, ++seq_) {
      lake_.append({vss("B", seq_, 1, day * 24 * 3600 + seq_ % 3600),
                    vss("A", seq_, 1, day * 24 * 3600 + seq_ % 3600)});
      ASSERT_TRUE(lake_.drain().ok());
    }
  }
  int merge_all() {
    SmallFileMerge merge(lake_.config, lake_.parts(), lake_.doors());
    int merges = 0;
    while (*merge.merge_once(name_))
      ++merges;
    return merges;
  }
  std::vector<catalog::PlannedFile> files() {
    return std::move(lake_.committer.plan(name_)->files);
  }

  const model::TableName name_ = signals_table("vehicle").name;
  StreamLake lake_;
  int seq_ = 0;
};

TEST_F(SmallFileMergeTest, LeavesFewFilesAlone) {
  commit_times(3);
  EXPECT_EQ(merge_all(), 0);
  EXPECT_EQ(files().size(), 3u);
}

TEST_F(SmallFileMergeTest, MergesFilesOfOneDayAndKeepsEveryRowSorted) {
  commit_times(4);
  commit_times(3, 1);
  EXPECT_EQ(merge_all(), 1);
  EXPECT_EQ(files().size(), 4u);
  const auto rows = lake_.signals();
  ASSERT_EQ(rows.row_count(), 14u);
  const auto merged = files().back().file;
  EXPECT_EQ(merged.row_count, 8);
  EXPECT_EQ(merge_level(merged.key), 1);
  const auto bytes = lake_.objects.get(merged.key);
  const auto batch = formats::read_parquet(*bytes, signals_table("vehicle").schema.fields());
  const auto& vehicles = batch->column(formats::SignalColumns::kVehicle);
  EXPECT_EQ(vehicles.text(0), "A");
  EXPECT_EQ(vehicles.text(3), "A");
  EXPECT_EQ(vehicles.text(4), "B");
  EXPECT_EQ(batch->column(formats::SignalColumns::kSequence).integers,
            (std::vector<std::int64_t>{0, 1, 2, 3, 0, 1, 2, 3}));
}

TEST_F(SmallFileMergeTest, WritesARowALogarithmicNumberOfTimes) {
  int merges = 0;
  for (int i = 0; i < 64; ++i) {
    commit_times(1);
    merges += merge_all();
  }
  // 16 merges to level 1, 4 to level 2, 1 to level 3.
  EXPECT_EQ(merges, 21);
  ASSERT_EQ(files().size(), 1u);
  EXPECT_EQ(merge_level(files().front().file.key), 3);
  EXPECT_EQ(lake_.signals().row_count(), 128u);
}

TEST_F(SmallFileMergeTest, LeavesFilesOfTheTargetSizeAlone) {
  commit_times(4);
  lake_.config.merge_target = {1};
  EXPECT_EQ(merge_all(), 0);
}

TEST_F(SmallFileMergeTest, HoldsNoMoreRowsThanItMay) {
  commit_times(4);
  lake_.config.merge_rows = 5;
  EXPECT_EQ(merge_all(), 1);
  // Two files of two rows, for a third would have been a row too many.
  EXPECT_EQ(files().size(), 3u);
  EXPECT_EQ(lake_.signals().row_count(), 8u);
}

TEST_F(SmallFileMergeTest, RemovesItsFileWhenAnotherCommitTookItsInputs) {
  commit_times(4);
  const std::size_t before = lake_.objects.keys().size();
  lake_.committer.fail_commits(1, conflict("staged"));
  EXPECT_EQ(*SmallFileMerge(lake_.config, lake_.parts(), lake_.doors()).merge_once(name_), false);
  EXPECT_EQ(lake_.objects.keys().size(), before);
  EXPECT_EQ(merge_all(), 1);
  EXPECT_EQ(lake_.signals().row_count(), 8u);
}

TEST(TableFilesTest, ReadsTheLevelInAFilesName) {
  EXPECT_EQ(merge_level("t/data/ts_day=2026-03-02/0123456789abcdef-m12.parquet"), 12);
  EXPECT_EQ(merge_level("t/data/of-another-engine.parquet"), 0);
  EXPECT_EQ(merge_level("t/data/0-mx.parquet"), 0);
  EXPECT_EQ(merge_level("t/data/0-m-3.parquet"), 0);
}

}  // namespace
}  // namespace mobilake::prepare

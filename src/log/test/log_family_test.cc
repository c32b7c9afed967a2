// SPDX-License-Identifier: Apache-2.0
#include "log/inside/log_family.h"

#include <gtest/gtest.h>

#include "log/test/segmented_log_fixture.h"

namespace mobilake::log {
namespace {

class LogFamilyTest : public SegmentedLogFixture {
 protected:
  static Positions at(std::uint16_t partition, std::uint64_t offset) {
    return {{PartitionId(partition), Offset(offset)}};
  }

  // One record a block, so about thirteen a segment.
  void fill(int records, std::uint16_t partition = 0) {
    for (int i = 0; i < records; ++i)
      commit(partition, std::string(3000, 'x'));
    log_->housekeep();
  }

  std::uint64_t first_kept(std::uint16_t partition = 0) {
    const Records all = read_all();
    const auto found = all.find(partition);
    return found == all.end() ? UINT64_MAX : found->second.begin()->first;
  }

  std::uint64_t data_bytes() {
    std::uint64_t bytes = 0;
    for (const SegmentInfo& info : log_->segments())
      if (info.family == Family::kData) bytes += info.size_bytes;
    return bytes;
  }
};

TEST_F(LogFamilyTest, RetainsBySize) {
  LogConfig config = small_config(1);
  config.data.retain_size = {256u << 10};
  open(config);
  fill(200);
  EXPECT_GT(first_kept(), 0u);
  EXPECT_LE(data_bytes(), 256u << 10);
  EXPECT_GE(data_bytes(), 192u << 10) << "more went than had to";
}

TEST_F(LogFamilyTest, RetainsByTimeAndKeepsTheSystemFamilysOwnTime) {
  LogConfig config = small_config(1);
  config.data.retain_time = std::chrono::minutes(1);
  config.system.retain_time = std::chrono::hours(1);
  open(config);
  for (int i = 0; i < 40; ++i) {
    commit(0, std::string(3000, 'x'));
    commit(0, std::string(3000, 's'), Family::kSystem);
  }
  log_->housekeep();
  clock_.advance(std::chrono::minutes(2));
  log_->housekeep();
  EXPECT_GE(first_kept(), 30u);
  const auto system = log_->open_reader(Family::kSystem, {});
  const auto first = (*system)->next(1, std::chrono::milliseconds(0));
  ASSERT_FALSE(first->empty());
  EXPECT_EQ(first->front().first, Offset(0));
}

TEST_F(LogFamilyTest, NeverPassesARequiredConsumer) {
  LogConfig config = small_config(1);
  config.data.retain_size = {128u << 10};
  open(config);
  log_->hold_for("prepare", Family::kData, at(0, 20));
  fill(200);
  EXPECT_LE(first_kept(), 20u);
  log_->hold_for("prepare", Family::kData, at(0, 150));
  log_->housekeep();
  EXPECT_GT(first_kept(), 20u);
  EXPECT_LE(first_kept(), 150u);
  log_->release_hold("prepare", Family::kData);
  log_->housekeep();
  EXPECT_GT(first_kept(), 150u);
}

TEST_F(LogFamilyTest, ConsumerThatNamesNoPositionHoldsEverything) {
  LogConfig config = small_config(1);
  config.data.retain_size = {128u << 10};
  open(config);
  log_->hold_for("new", Family::kData, {});
  fill(100);
  EXPECT_EQ(first_kept(), 0u);
}

TEST_F(LogFamilyTest, HoldsOutliveARestart) {
  LogConfig config = small_config(1);
  config.data.retain_size = {128u << 10};
  open(config);
  log_->hold_for("prepare", Family::kData, at(0, 20));
  log_->hold_for("gone", Family::kData, at(0, 5));
  log_->housekeep();
  log_->release_hold("gone", Family::kData);
  log_->housekeep();
  open(config);
  fill(200);
  EXPECT_LE(first_kept(), 20u) << "retention passed a consumer that has not called yet";
  EXPECT_GT(first_kept(), 5u) << "a released consumer came back";
}

TEST_F(LogFamilyTest, DamagedHoldsStopRetentionAndAreTold) {
  LogConfig config = small_config(1);
  config.data.retain_size = {128u << 10};
  open(config);
  log_->hold_for("prepare", Family::kData, at(0, 20));
  log_->housekeep();
  log_.reset();
  ASSERT_TRUE(disk_.flip_bit("/log/data/consumers", 100).ok());
  open(config);
  fill(200);
  EXPECT_EQ(first_kept(), 0u);
  ASSERT_EQ(log_->incidents().size(), 1u);
  EXPECT_EQ(log_->incidents()[0].file, "data/consumers");
}

TEST_F(LogFamilyTest, UsedUpBudgetRefusesAndNamesWhoHoldsTheRoom) {
  LogConfig config = small_config(1);
  config.data.retain_size = config.system.retain_size = {128u << 10};
  config.disk_budget = {512u << 10};
  ASSERT_TRUE(config.check().ok());
  open(config);
  log_->hold_for("prepare", Family::kData, at(0, 0));
  fill(200);
  ASSERT_FALSE(errors_.empty());
  EXPECT_EQ(errors_.back().code, Code::kExhausted);
  EXPECT_NE(errors_.back().message.find("prepare"), std::string::npos) << errors_.back().message;
  EXPECT_EQ(log_->refusal()->code, Code::kExhausted);
  EXPECT_EQ(read_all(), acked_);
  // The consumer moves on, retention makes room, appends work again.
  log_->hold_for("prepare", Family::kData, log_->durable_end(Family::kData));
  log_->housekeep();
  EXPECT_FALSE(log_->refusal().has_value());
  errors_.clear();
  commit(0, "again");
  EXPECT_TRUE(errors_.empty());
}

TEST_F(LogFamilyTest, BudgetCountsWhatAnEarlierProcessLeft) {
  LogConfig config = small_config(1);
  config.data.retain_size = config.system.retain_size = {128u << 10};
  config.disk_budget = {512u << 10};
  open(config);
  log_->hold_for("prepare", Family::kData, at(0, 0));
  fill(200);
  for (int restart = 0; restart < 3; ++restart) {
    open(config);
    errors_.clear();
    fill(30);
    std::uint64_t bytes = 0;
    for (const SegmentInfo& info : log_->segments())
      bytes += info.size_bytes;
    EXPECT_LE(bytes, 512u << 10);
  }
}

TEST_F(LogFamilyTest, RecyclesFilesInsteadOfMakingNewOnes) {
  LogConfig config = small_config(1);
  config.data.retain_size = {128u << 10};
  open(config);
  fill(100);
  const auto files = [&] { return memory_->list("/log/data")->size(); };
  const std::uint64_t removed = disk_.calls(base::DiskCall::kRemove);
  const std::size_t before = files();
  for (int i = 0; i < 20; ++i)
    fill(10);
  EXPECT_EQ(disk_.calls(base::DiskCall::kRemove), removed);
  EXPECT_EQ(files(), before);
  EXPECT_TRUE(log_->verify()->incidents.empty()) << "bytes of an earlier life were taken for data";
}

TEST_F(LogFamilyTest, RecycledFileNeverShowsItsEarlierLifeAfterACrash) {
  LogConfig config = small_config(1);
  config.data.retain_size = {128u << 10};
  open(config);
  for (int i = 0; i < 20; ++i)
    fill(10);
  commit(0, "few frames, so that most of the open segment's file is from its earlier life");
  open(config);
  std::uint64_t counted = 0;
  for (const SegmentInfo& info : log_->segments())
    if (info.family == Family::kData) counted += info.record_count;
  EXPECT_EQ(counted, read_all().at(0).size());
  EXPECT_EQ(read_all().at(0).rbegin()->second, acked_[0].rbegin()->second);
  EXPECT_TRUE(log_->incidents().empty());
  EXPECT_TRUE(log_->verify()->incidents.empty());
}

TEST_F(LogFamilyTest, ReaderThatRetentionOvertakesGoesOnAtTheOldestKept) {
  LogConfig config = small_config(1);
  config.data.retain_size = {128u << 10};
  open(config);
  fill(100);
  auto reader = std::move(log_->open_reader(Family::kData, {})).value();
  auto batches = std::move(reader->next(1, std::chrono::milliseconds(0))).value();
  ASSERT_FALSE(batches.empty());
  const Offset next(batches.back().first.value() + batches.back().record_count);
  const std::string view(batches.back().bytes);
  fill(100);
  // What was handed out stays, since the segment is pinned until the reader's next call.
  EXPECT_EQ(batches.back().bytes, view);
  batches = std::move(reader->next(1, std::chrono::milliseconds(0))).value();
  ASSERT_FALSE(batches.empty());
  EXPECT_GT(batches.front().first, next);
  EXPECT_EQ(batches.front().first.value(), first_kept());
  EXPECT_TRUE(log_->incidents().empty()) << "bytes of another life were taken for damage";
}

TEST_F(LogFamilyTest, EmptySegmentsOfManyRestartsDoNotPileUp) {
  for (int i = 0; i < 20; ++i) {
    open(2);
    log_->housekeep();
  }
  EXPECT_LE(log_->segments().size(), 4u);
}

}  // namespace
}  // namespace mobilake::log

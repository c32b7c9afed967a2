// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segmented_log.h"

#include <gtest/gtest.h>

#include "log/test/segmented_log_fixture.h"

namespace mobilake::log {
namespace {

class SegmentedLogTest : public SegmentedLogFixture {};

TEST_F(SegmentedLogTest, ReadsWhatWasAckedAgainAfterReopening) {
  open();
  for (int i = 0; i < 200; ++i) {
    append(static_cast<std::uint16_t>(i % 4), std::string(1000, static_cast<char>('a' + i % 26)));
    if (i % 3 == 0) log_->run_turns();
    if (i % 20 == 0) log_->housekeep();
  }
  log_->run_turns();
  EXPECT_EQ(acked_[0].size() + acked_[1].size() + acked_[2].size() + acked_[3].size(), 200u);
  EXPECT_EQ(read_all(), acked_);
  log_.reset();
  open(3);
  EXPECT_EQ(read_all(), acked_);
  append(2, "after");
  log_->run_turns();
  EXPECT_EQ(read_all(), acked_);
  EXPECT_TRUE(errors_.empty());
  EXPECT_TRUE(log_->incidents().empty());
}

TEST_F(SegmentedLogTest, FailedSyncIsNeverAckedAndTurnsTheWriterReadOnly) {
  open(1);
  append(0, "kept");
  log_->run_turns();
  disk_.fail(base::DiskCall::kSync, 1);
  append(0, "lost");
  log_->run_turns();
  append(0, "later");
  log_->run_turns();
  EXPECT_EQ(acked_[0].size(), 1u);
  ASSERT_EQ(errors_.size(), 2u);
  EXPECT_EQ(errors_[1].code, Code::kUnavailable);
  EXPECT_TRUE(log_->refusal().has_value());
  EXPECT_EQ(read_all(), acked_);
}

TEST_F(SegmentedLogTest, FullDiskRefusesWhileItLastsAndTearsNothing) {
  open(1);
  disk_.set_free_bytes(0);
  for (int i = 0; i < 200; ++i) {
    append(0, std::string(1000, 'x'));
    log_->run_turns();
  }
  ASSERT_FALSE(errors_.empty());
  EXPECT_EQ(errors_.back().code, Code::kExhausted);
  EXPECT_TRUE(log_->refusal().has_value());
  EXPECT_EQ(read_all(), acked_);
  disk_.heal();
  errors_.clear();
  clock_.advance(std::chrono::seconds(2));
  append(0, "again");
  log_->run_turns();
  EXPECT_TRUE(errors_.empty());
  log_->housekeep();
  EXPECT_FALSE(log_->refusal().has_value());
  EXPECT_EQ(read_all(), acked_);
}

TEST_F(SegmentedLogTest, SegmentWhoseOnlyFrameIsDamagedIsReportedAndNotRecycled) {
  open(1);
  append(0, "damaged later");
  log_->run_turns();
  const std::string file = log_->segments().front().file;
  log_.reset();
  ASSERT_TRUE(disk_.flip_bit("/log/" + file, (2 * 4096 + 60) * 8).ok());
  open(1);
  log_->housekeep();
  EXPECT_EQ(log_->segments().front().file, file);
  ASSERT_EQ(log_->incidents().size(), 1u);
  EXPECT_EQ(log_->incidents()[0].file_offset, 2u * 4096);
  EXPECT_TRUE(read_all().empty());
}

TEST_F(SegmentedLogTest, OpensOnAFullDiskReadsAndGoesOnWhenThereIsSpace) {
  LogConfig config = small_config(1);
  config.spare_segments = 0;
  open(config);
  // Frames to the brim, so that sealing frees next to nothing.
  for (int i = 0; i < 40; ++i)
    commit(0, std::string(1000, 'x'));
  log_.reset();
  disk_.set_free_bytes(0);
  open(config);
  ASSERT_TRUE(log_->refusal().has_value());
  EXPECT_EQ(log_->refusal()->code, Code::kExhausted);
  EXPECT_EQ(read_all(), acked_);
  commit(0, "refused");
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_EQ(errors_[0].code, Code::kExhausted);
  log_->housekeep();
  EXPECT_EQ(read_all(), acked_);
  // Space comes back; within five seconds the log takes appends again.
  disk_.heal();
  for (int i = 0; i < 20 && log_->refusal(); ++i) {
    clock_.advance(std::chrono::milliseconds(250));
    log_->housekeep();
  }
  EXPECT_FALSE(log_->refusal().has_value());
  commit(0, "again");
  EXPECT_EQ(errors_.size(), 1u);
  EXPECT_EQ(acked_[0].rbegin()->second, "again");
  EXPECT_EQ(read_all(), acked_);
}

TEST_F(SegmentedLogTest, FullDiskIsTriedWithGrowingPausesNotAtEveryTurn) {
  open(1);
  // The disk says that there is space, and has none: a quota, say.
  disk_.fail(base::DiskCall::kWrite, 1, 1'000'000, exhausted("injected: quota"));
  const auto made = [&] { return disk_.calls(base::DiskCall::kWrite); };
  log_->housekeep();
  const std::uint64_t before = made();
  for (int i = 0; i < 100; ++i) {
    clock_.advance(std::chrono::milliseconds(100));
    log_->housekeep();
  }
  // Two families, ten seconds: pauses of 250 ms that double up to two seconds.
  EXPECT_GE(made() - before, 6u) << "it is not tried again";
  EXPECT_LE(made() - before, 16u);
}

TEST_F(SegmentedLogTest, DiskOf64MiBFillsRefusesAndResumesWithinFiveSeconds) {
  LogConfig config = small_config(2);
  config.data.segment_size = {4u << 20};
  config.system.segment_size = {1u << 20};
  disk_.set_free_bytes(64u << 20);
  open(config);
  const std::string payload(60'000, 'x');
  std::uint64_t refused_after = 0;
  for (int i = 0; i < 5'000 && errors_.empty(); ++i, ++refused_after) {
    commit(static_cast<std::uint16_t>(i % 4), payload);
    if (i % 10 == 0) log_->housekeep();
  }
  ASSERT_FALSE(errors_.empty()) << "the disk never filled";
  EXPECT_EQ(errors_[0].code, Code::kExhausted);
  EXPECT_GT(refused_after, 700u) << "refused though there was space";
  ASSERT_TRUE(log_->refusal().has_value());
  EXPECT_EQ(read_all(), acked_);
  // Full over a restart too.
  open(config);
  EXPECT_EQ(read_all(), acked_);
  errors_.clear();
  disk_.set_free_bytes(16u << 20);
  const auto began = clock_.steady();
  do {
    clock_.advance(std::chrono::milliseconds(100));
    log_->housekeep();
    errors_.clear();
    commit(0, "again");
  } while (!errors_.empty() && clock_.steady() - began < std::chrono::seconds(10));
  EXPECT_LE(clock_.steady() - began, std::chrono::seconds(5));
  EXPECT_EQ(acked_[0].rbegin()->second, "again");
  EXPECT_EQ(read_all(), acked_);
}

TEST_F(SegmentedLogTest, OrderHoldsThroughRestartsWithOtherNumbersOfWriters) {
  auto chance = base::seeded_random(7);
  for (const std::uint64_t writers : {1u, 4u, 2u, 3u, 1u, 4u}) {
    open(writers);
    expect_acked_are_kept();
    for (int i = 0; i < 60; ++i) {
      append(static_cast<std::uint16_t>(chance->below(4)), std::string(chance->below(3000), 'x'));
      if (chance->below(3) == 0) log_->run_turns();
    }
    log_->run_turns();
    log_->housekeep();
    EXPECT_EQ(read_all(), acked_);
  }
  EXPECT_TRUE(errors_.empty());
  EXPECT_TRUE(log_->incidents().empty());
}

TEST_F(SegmentedLogTest, SmallAndLargeBatchesOfOneTurnLieInOneFrame) {
  open(1);
  for (const std::size_t size : {0u, 1u, 4095u, 4096u, 9000u, 3u, 5000u, 6000u})
    append(static_cast<std::uint16_t>(size % 4), std::string(size, 'y'));
  log_->run_turns();
  EXPECT_EQ(acked_count(), 8u);
  EXPECT_EQ(log_->segments().front().frame_count, 1u);
  EXPECT_EQ(read_all(), acked_);
  open(1);
  EXPECT_EQ(read_all(), acked_);
}

}  // namespace
}  // namespace mobilake::log

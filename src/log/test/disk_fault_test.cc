// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "log/test/segmented_log_fixture.h"

namespace mobilake::log {
namespace {

constexpr std::uint64_t kFaults = 200;

class DiskFaultTest : public SegmentedLogFixture {
 protected:
  // Opens, works and closes twice, with whatever fault is set; nothing of it may lie.
  void live_twice() {
    auto chance = base::seeded_random(3);
    for (int life = 0; life < 2; ++life) {
      if (!try_open(small_config(2)).ok()) continue;
      for (int i = 0; i < 220; ++i) {
        append(static_cast<std::uint16_t>(chance->below(4)),
               std::string(chance->below(5000), static_cast<char>('a' + i % 26)));
        if (chance->below(2) == 0) log_->run_turns();
        if (chance->below(8) == 0) log_->housekeep();
      }
      log_->run_turns();
    }
    log_.reset();
  }

  // Runs the work once for each k with the k-th call of a kind failing; returns how often the fault
  // was met.
  std::uint64_t fail_each(base::DiskCall call, bool half_done = false) {
    std::uint64_t met = 0;
    for (std::uint64_t k = 1; k <= kFaults; ++k) {
      begin_anew();
      const std::uint64_t before = disk_.calls(call);
      if (half_done)
        disk_.fail_short_write(k);
      else
        disk_.fail(call, k);
      live_twice();
      met += disk_.calls(call) - before >= k ? 1 : 0;
      disk_.heal();
      open(2);
      if (HasFatalFailure()) return met;
      // Acked is there, nothing twice, in order (read_all), and the log takes appends again.
      expect_acked_are_kept();
      errors_.clear();
      commit(0, "after");
      EXPECT_TRUE(errors_.empty()) << errors_.front().to_string();
      expect_acked_are_kept();
      if (HasFatalFailure() || HasNonfatalFailure()) {
        ADD_FAILURE() << "call " << k;
        return met;
      }
    }
    return met;
  }
};

TEST_F(DiskFaultTest, AnyFailingWriteLosesNothingAcked) {
  EXPECT_EQ(fail_each(base::DiskCall::kWrite), kFaults);
}

TEST_F(DiskFaultTest, AnyShortWriteLosesNothingAcked) {
  EXPECT_EQ(fail_each(base::DiskCall::kWrite, true), kFaults);
}

TEST_F(DiskFaultTest, AnyFailingSyncLosesNothingAcked) {
  EXPECT_GT(fail_each(base::DiskCall::kSync), 100u);
}

TEST_F(DiskFaultTest, AnyFailingRenameLosesNothingAcked) {
  EXPECT_GT(fail_each(base::DiskCall::kRename), 5u);
}

TEST_F(DiskFaultTest, AnyFailingFolderSyncLosesNothingAcked) {
  EXPECT_GT(fail_each(base::DiskCall::kSyncDirectory), 10u);
}

TEST_F(DiskFaultTest, AnyFailingReadLosesNothingAcked) {
  EXPECT_GT(fail_each(base::DiskCall::kRead), 5u);
}

TEST_F(DiskFaultTest, FailedSyncTurnsOneWriterReadOnlyAndLeavesTheOther) {
  open(2);
  commit(0, "kept");
  disk_.fail(base::DiskCall::kSync, 1);
  commit(0, "lost");
  commit(2, "the same writer's");
  commit(1, "the other writer's");
  EXPECT_EQ(errors_.size(), 2u);
  EXPECT_EQ(acked_count(), 2u);
  EXPECT_NE(log_->refusal()->message.find("data writer 0"), std::string::npos);
  EXPECT_EQ(read_all(), acked_);
}

TEST_F(DiskFaultTest, SpareThatCannotBeMadeRefusesAndPasses) {
  LogConfig config = small_config(1);
  config.spare_segments = 0;
  open(config);
  // Making the next segment fails once, before a byte of a frame is written.
  for (int i = 0; i < 40; ++i)
    commit(0, std::string(1000, 'x'));
  errors_.clear();
  disk_.fail(base::DiskCall::kOpen, 1);
  for (int i = 0; i < 40 && errors_.empty(); ++i)
    commit(0, std::string(1000, 'x'));
  EXPECT_EQ(errors_.size(), 1u);
  clock_.advance(std::chrono::seconds(1));
  errors_.clear();
  commit(0, "again");
  EXPECT_TRUE(errors_.empty());
  EXPECT_EQ(read_all(), acked_);
}

}  // namespace
}  // namespace mobilake::log

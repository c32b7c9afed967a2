// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/recent_frames.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "log/test/segmented_log_fixture.h"

namespace mobilake::log {
namespace {

using base::DiskCall;

BlockBuffer frame_of(char filling, std::uint64_t size = kBlockBytes) {
  BlockBuffer frame;
  frame.reset(size);
  std::fill_n(frame.data(), size, filling);
  return frame;
}

TEST(RecentFramesTest, KeepsNothingWithoutAReader) {
  RecentFrames recent(1 << 20);
  const BlockBuffer back = recent.keep(1, 4096, frame_of('a'));
  EXPECT_EQ(back.bytes().front(), 'a') << "the buffer itself comes back";
  EXPECT_EQ(recent.take(1, 4096), nullptr);
}

TEST(RecentFramesTest, LetsAFrameGoWhenEachReaderTookIt) {
  RecentFrames recent(1 << 20);
  recent.enter();
  recent.enter();
  recent.keep(1, 4096, frame_of('a'));
  recent.keep(2, 4096, frame_of('b'));
  EXPECT_EQ(recent.take(1, 4096)->bytes().front(), 'a');
  EXPECT_EQ(recent.take(1, 4096)->bytes().front(), 'a');
  EXPECT_EQ(recent.take(1, 4096), nullptr);
  EXPECT_EQ(recent.take(2, 4096)->bytes().front(), 'b');
  EXPECT_EQ(recent.take(2, 8192), nullptr);
  EXPECT_EQ(recent.size_bytes(), kBlockBytes);
}

TEST(RecentFramesTest, LetsTheOldestGoForNewerOnes) {
  RecentFrames recent(3 * kBlockBytes);
  recent.enter();
  for (std::uint64_t i = 0; i < 3; ++i)
    recent.keep(1, i * kBlockBytes, frame_of('a'));
  recent.keep(1, 3 * kBlockBytes, frame_of('b', 2 * kBlockBytes));
  EXPECT_EQ(recent.take(1, 0), nullptr);
  EXPECT_EQ(recent.take(1, kBlockBytes), nullptr);
  EXPECT_NE(recent.take(1, 2 * kBlockBytes), nullptr);
  const BlockBuffer back = recent.keep(1, 5 * kBlockBytes, frame_of('c', 4 * kBlockBytes));
  EXPECT_EQ(back.bytes().front(), 'c') << "larger than all that may be kept";
  EXPECT_NE(recent.take(1, 3 * kBlockBytes), nullptr);
}

TEST(RecentFramesTest, AFrameLivesAsLongAsWhoTookIt) {
  RecentFrames recent(kBlockBytes);
  recent.enter();
  recent.keep(1, 0, frame_of('a'));
  const FramePointer taken = recent.take(1, 0);
  for (std::uint64_t i = 1; i < 9; ++i) {
    BlockBuffer next = recent.keep(1, i * kBlockBytes, frame_of('b'));
    next.reset(kBlockBytes);
    std::fill_n(next.data(), kBlockBytes, 'c');
  }
  EXPECT_EQ(taken->bytes(), frame_of('a').bytes());
}

/// What the memory of new frames means to readers of a whole log.
class RecentFramesOfLogTest : public SegmentedLogFixture {};

TEST_F(RecentFramesOfLogTest, AReaderThatKeepsUpReadsNothingBack) {
  open(1);
  auto reader = log_->open_reader(Family::kData, {}).value();
  for (int i = 0; i < 20; ++i) {
    commit(0, "kept-" + std::to_string(i));
    const std::uint64_t reads = disk_.calls(DiskCall::kRead);
    const auto batches = reader->next(10000, std::chrono::milliseconds(0));
    ASSERT_TRUE(batches.ok() && batches->size() == 1);
    EXPECT_EQ(batches->front().first.value(), static_cast<std::uint64_t>(i));
    EXPECT_EQ(disk_.calls(DiskCall::kRead), reads);
  }
}

TEST_F(RecentFramesOfLogTest, AReaderThatFellBehindReadsTheSame) {
  LogConfig config = small_config(2);
  config.recent_size = {3 * kBlockBytes};
  open(config);
  auto reader = log_->open_reader(Family::kData, {}).value();
  for (int i = 0; i < 60; ++i)
    commit(static_cast<std::uint16_t>(i % 4), "kept-" + std::to_string(i));
  const std::uint64_t reads = disk_.calls(DiskCall::kRead);
  std::array<std::uint64_t, 4> next{};
  std::size_t records = 0;
  while (true) {
    const auto batches = reader->next(10000, std::chrono::milliseconds(0));
    ASSERT_TRUE(batches.ok());
    if (batches->empty()) break;
    for (const ReadBatch& batch : *batches) {
      EXPECT_EQ(batch.first.value(), next[batch.partition.value()]);
      next[batch.partition.value()] += batch.record_count;
      records += batch.record_count;
    }
  }
  EXPECT_EQ(records, 60u);
  EXPECT_GT(disk_.calls(DiskCall::kRead), reads);
}

}  // namespace
}  // namespace mobilake::log

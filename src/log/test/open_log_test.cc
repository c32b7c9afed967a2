// SPDX-License-Identifier: Apache-2.0
#include "log/open_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/testkit/power_cut_disk.h"

namespace mobilake::log {
namespace {

TEST(OpenLogTest, ConcurrentAppendersAndAReaderSeeEachRecordOnceAndInOrder) {
  constexpr int kThreads = 4;
  constexpr std::uint64_t kEach = 2000;
  base::PowerCutDisk disk;
  auto random = base::seeded_random(1);
  LogConfig config;
  config.partitions = 8;
  config.writers = 2;
  config.data.segment_size = {256u << 10};
  config.system.segment_size = {64u << 10};
  auto log = std::move(open_log("/log", config, {base::system_clock(), disk, *random})).value();
  auto reader = std::move(log->open_reader(Family::kData, {})).value();
  std::atomic<std::uint64_t> acked{0};
  std::vector<std::thread> appenders;
  for (int t = 0; t < kThreads; ++t)
    appenders.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        RecordBatch batch(Family::kData, "vehicle", PartitionId(static_cast<std::uint16_t>(t * 2)));
        RecordView record;
        const std::string payload = std::to_string(i) + std::string(200, '.');
        record.payload = payload;
        batch.add(record);
        log->writer().append(std::move(batch), [&, i](Result<Offset> offset) {
          if (offset.ok() && offset->value() == i) acked.fetch_add(1);
        });
      }
    });
  std::map<PartitionId, std::uint64_t> next;
  std::uint64_t seen = 0;
  while (seen < kThreads * kEach) {
    auto batches = reader->next(64 << 10, std::chrono::seconds(20));
    ASSERT_TRUE(batches.ok());
    ASSERT_FALSE(batches->empty()) << "after " << seen;
    for (const ReadBatch& batch : *batches) {
      ASSERT_EQ(batch.first.value(), next[batch.partition]);
      RecordCursor cursor(batch.bytes);
      RecordView record;
      while (cursor.next(record)) {
        ASSERT_TRUE(record.payload.starts_with(std::to_string(next[batch.partition]++) + "."));
        ++seen;
      }
    }
  }
  for (std::thread& appender : appenders)
    appender.join();
  ASSERT_TRUE(log->close().ok());
  EXPECT_EQ(acked.load(), kThreads * kEach);
  EXPECT_TRUE(log->incidents().empty());
}

TEST(OpenLogTest, ConcurrentLookersSeeBothFamiliesWhileTheyGrowAndAreLetGo) {
  constexpr std::uint64_t kEach = 1500;
  base::PowerCutDisk disk;
  auto random = base::seeded_random(2);
  LogConfig config;
  config.partitions = 4;
  config.data.segment_size = {64u << 10};
  config.data.retain_size = {128u << 10};
  config.system.segment_size = {64u << 10};
  for (const std::uint64_t writers : {1, 2}) {
    // The second round recovers what the first left, with another number of writers.
    config.writers = writers;
    auto log = std::move(open_log("/log", config, {base::system_clock(), disk, *random})).value();
    std::map<Family, std::uint64_t> before;
    for (const Family family : {Family::kData, Family::kSystem})
      for (const auto& [partition, end] : log->durable_end(family))
        before[family] += end.value();
    std::atomic<std::uint64_t> acked{0};
    std::atomic<bool> over{false};
    std::vector<std::thread> threads;
    for (const Family family : {Family::kData, Family::kSystem})
      threads.emplace_back([&, family] {
        for (std::uint64_t i = 0; i < kEach; ++i) {
          RecordBatch batch(family, "vehicle", PartitionId(0));
          RecordView record;
          const std::string payload(300, '.');
          record.payload = payload;
          batch.add(record);
          log->writer().append(std::move(batch), [&](Result<Offset> offset) {
            if (offset.ok()) acked.fetch_add(1);
          });
        }
      });
    std::thread looker([&] {
      std::uint64_t looks = 0;
      while (!over.load()) {
        log->hold_for("looker", Family::kData, log->durable_end(Family::kData));
        for (const SegmentInfo& segment : log->segments())
          looks += 1 + segment.frame_count;
        looks += log->incidents().size();
        auto reader = log->open_reader(Family::kSystem, {});
        ASSERT_TRUE(reader.ok());
        ASSERT_TRUE((*reader)->next(16 << 10, std::chrono::milliseconds(0)).ok());
      }
      log->release_hold("looker", Family::kData);
      EXPECT_GT(looks, 0u);
    });
    for (std::thread& thread : threads)
      thread.join();
    auto reader = std::move(log->open_reader(Family::kSystem, {})).value();
    std::uint64_t seen = 0;
    while (seen < before[Family::kSystem] + kEach) {
      auto batches = reader->next(64 << 10, std::chrono::seconds(20));
      ASSERT_TRUE(batches.ok());
      ASSERT_FALSE(batches->empty()) << "after " << seen;
      for (const ReadBatch& batch : *batches)
        seen += batch.record_count;
    }
    over = true;
    looker.join();
    reader.reset();
    ASSERT_TRUE(log->close().ok());
    EXPECT_EQ(acked.load(), 2 * kEach);
    EXPECT_TRUE(log->incidents().empty());
  }
}

}  // namespace
}  // namespace mobilake::log

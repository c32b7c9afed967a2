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

}  // namespace
}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/record_batch.h"

#include <gtest/gtest.h>

#include <map>

namespace mobilake::log {
namespace {

RecordBatch batch_of_three() {
  RecordBatch batch(Family::kData, "vehicle", PartitionId(3));
  RecordView record;
  record.topic = "vehicles/a/telemetry";
  record.payload = "{}";
  batch.add(record);
  record.attributes = std::string_view("\0\1", 2);
  record.kind = RecordView::Kind::kControl;
  batch.add(record);
  batch.add({});
  return batch;
}

int count_records(std::string_view bytes, bool& at_end) {
  RecordCursor cursor(bytes);
  RecordView record;
  int count = 0;
  while (cursor.next(record))
    ++count;
  at_end = cursor.at_end();
  return count;
}

TEST(RecordBatchTest, CursorReturnsWhatWasAdded) {
  const RecordBatch batch = batch_of_three();
  EXPECT_EQ(batch.record_count(), 3u);
  RecordCursor cursor(batch.bytes());
  RecordView record;
  ASSERT_TRUE(cursor.next(record));
  EXPECT_EQ(record.topic, "vehicles/a/telemetry");
  EXPECT_EQ(record.payload, "{}");
  ASSERT_TRUE(cursor.next(record));
  EXPECT_EQ(record.attributes.size(), 2u);
  EXPECT_EQ(record.kind, RecordView::Kind::kControl);
  ASSERT_TRUE(cursor.next(record));
  EXPECT_TRUE(record.payload.empty());
  EXPECT_FALSE(cursor.next(record));
  EXPECT_TRUE(cursor.at_end());
}

TEST(RecordBatchTest, CursorStopsAtEveryCutAndSaysSo) {
  const RecordBatch batch = batch_of_three();
  const std::string_view whole = batch.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    bool at_end = false;
    // A copy of exactly that size, so that a step beyond is caught.
    const std::string cut(whole.substr(0, size));
    const int count = count_records(cut, at_end);
    EXPECT_LT(count, 3);
    EXPECT_EQ(at_end, size == 0 || size == 42 || size == 86) << size;
  }
}

TEST(RecordBatchTest, CursorRefusesLengthsThatLie) {
  for (const std::size_t byte : {0u, 1u, 2u, 3u, 6u, 7u, 8u, 9u, 10u, 11u}) {
    std::string bytes(batch_of_three().bytes());
    bytes[byte] = '\xff';
    bool at_end = false;
    EXPECT_LT(count_records(bytes, at_end), 3) << byte;
  }
}

TEST(PartitionOfTest, IsTheSameForAllTime) {
  EXPECT_EQ(partition_of("", 64).value(), 59);
  EXPECT_EQ(partition_of("a", 64).value(), 32);
  EXPECT_EQ(partition_of("WVWZZZ1KZAW000001", 64).value(), 49);
  EXPECT_EQ(partition_of("WVWZZZ1KZAW000001", 16384).value(), 12731);
  EXPECT_EQ(partition_of("WVWZZZ1KZAW000001", 1).value(), 0);
}

TEST(PartitionOfTest, SpreadsNumberedKeysEvenly) {
  std::map<std::uint16_t, int> counts;
  for (int i = 0; i < 64'000; ++i)
    ++counts[partition_of("vehicle-" + std::to_string(i), 64).value()];
  ASSERT_EQ(counts.size(), 64u);
  for (const auto& [partition, count] : counts) {
    EXPECT_GT(count, 800) << partition;
    EXPECT_LT(count, 1200) << partition;
  }
}

}  // namespace
}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "log/inspect_log.h"
#include "log/log.h"

namespace mobilake::log {

/// Makes an empty log of LogConformance::kPartitions partitions; called once a test. What the log
/// lives in is owned by the returned pointer's deleter or by the caller.
using LogFactory = std::function<std::shared_ptr<Log>()>;

/// What every log must do. An implementation's test says
/// INSTANTIATE_TEST_SUITE_P(Segmented, LogConformance, testing::Values(factory)).
/// The tests stand in the header: in a library the linker would leave them out.
class LogConformance : public testing::TestWithParam<LogFactory> {
 protected:
  static constexpr std::uint16_t kPartitions = 4;
  static constexpr std::chrono::seconds kPatience{30};

  void SetUp() override {
    log_ = GetParam()();
    ASSERT_NE(log_, nullptr);
    ASSERT_EQ(log_->partition_count(), kPartitions);
  }

  static RecordBatch batch_of(std::uint16_t partition, const std::vector<std::string>& payloads,
                              Family family = Family::kData) {
    RecordBatch batch(family, "stream", PartitionId(partition));
    for (const std::string& payload : payloads) {
      RecordView record;
      record.payload = payload;
      batch.add(record);
    }
    return batch;
  }

  /// Appends and waits for the answer.
  Result<Offset> append(RecordBatch batch) {
    std::promise<Result<Offset>> answer;
    log_->writer().append(std::move(batch),
                          [&](Result<Offset> offset) { answer.set_value(std::move(offset)); });
    return answer.get_future().get();
  }

  /// Returns the payloads that a new reader sees, per partition and offset.
  std::map<std::uint16_t, std::map<std::uint64_t, std::string>> read_all(
      const Positions& from = {}, Family family = Family::kData) {
    std::map<std::uint16_t, std::map<std::uint64_t, std::string>> all;
    auto reader = std::move(log_->open_reader(family, from)).value();
    while (true) {
      const auto batches = reader->next(1000, std::chrono::milliseconds(0));
      EXPECT_TRUE(batches.ok());
      if (!batches.ok() || batches->empty()) return all;
      for (const ReadBatch& batch : *batches) {
        std::uint64_t offset = batch.first.value();
        RecordCursor records(batch.bytes);
        RecordView record;
        while (records.next(record))
          EXPECT_TRUE(
              all[batch.partition.value()].emplace(offset++, std::string(record.payload)).second);
        EXPECT_TRUE(records.at_end());
        EXPECT_EQ(offset, batch.first.value() + batch.record_count);
      }
    }
  }

  // Shared with whatever the factory keeps alive beside it.
  std::shared_ptr<Log> log_;
};

TEST_P(LogConformance, AnswersWithTheOffsetOfTheFirstRecordPerPartition) {
  EXPECT_EQ(append(batch_of(0, {"a", "b", "c"})).value_or(Offset(99)), Offset(0));
  EXPECT_EQ(append(batch_of(0, {"d"})).value_or(Offset(99)), Offset(3));
  EXPECT_EQ(append(batch_of(3, {"e"})).value_or(Offset(99)), Offset(0));
  const Positions end = log_->durable_end(Family::kData);
  EXPECT_EQ(end.at(PartitionId(0)), Offset(4));
  EXPECT_EQ(end.at(PartitionId(1)), Offset(0));
  EXPECT_EQ(end.at(PartitionId(3)), Offset(1));
}

TEST_P(LogConformance, ReadsEveryFieldAsItWasAppended) {
  const std::string payload("\0\xff{}", 4);
  RecordBatch batch(Family::kData, "factory/line1", PartitionId(2));
  RecordView record;
  record.kind = RecordView::Kind::kControl;
  record.flags = RecordView::kUnknownVehicle;
  record.received_at = Timestamp(std::chrono::microseconds(1'700'000'000'000'001));
  record.topic = "vehicles/a/telemetry";
  record.attributes = "attributes";
  record.payload = payload;
  batch.add(record);
  ASSERT_TRUE(append(std::move(batch)).ok());
  auto reader = std::move(log_->open_reader(Family::kData, {})).value();
  const auto batches = reader->next(1000, kPatience);
  ASSERT_TRUE(batches.ok());
  ASSERT_EQ(batches->size(), 1u);
  EXPECT_EQ((*batches)[0].stream, "factory/line1");
  EXPECT_EQ((*batches)[0].partition, PartitionId(2));
  RecordCursor records((*batches)[0].bytes);
  RecordView read;
  ASSERT_TRUE(records.next(read));
  EXPECT_EQ(read.kind, record.kind);
  EXPECT_EQ(read.flags, record.flags);
  EXPECT_EQ(read.received_at, record.received_at);
  EXPECT_EQ(read.topic, record.topic);
  EXPECT_EQ(read.attributes, record.attributes);
  EXPECT_EQ(read.payload, payload);
}

TEST_P(LogConformance, ReaderBeginsWithinABatch) {
  ASSERT_TRUE(append(batch_of(1, {"a", "b", "c"})).ok());
  ASSERT_TRUE(append(batch_of(2, {"x"})).ok());
  const auto all = read_all({{PartitionId(1), Offset(2)}, {PartitionId(2), Offset(1)}});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all.at(1), (std::map<std::uint64_t, std::string>{{2, "c"}}));
}

TEST_P(LogConformance, ReaderWithoutNewRecordsComesBackEmpty) {
  auto reader = std::move(log_->open_reader(Family::kData, {})).value();
  EXPECT_TRUE(reader->next(1000, std::chrono::milliseconds(0))->empty());
  EXPECT_TRUE(reader->next(1000, std::chrono::milliseconds(5))->empty());
  ASSERT_TRUE(append(batch_of(0, {"a"})).ok());
  EXPECT_EQ(reader->next(1000, std::chrono::milliseconds(0))->size(), 1u);
  EXPECT_TRUE(reader->next(1000, std::chrono::milliseconds(0))->empty());
}

TEST_P(LogConformance, ConcurrentReaderWakesForAnAppend) {
  auto reader = std::move(log_->open_reader(Family::kData, {})).value();
  auto read = std::async(std::launch::async, [&] { return reader->next(1000, kPatience)->size(); });
  ASSERT_TRUE(append(batch_of(0, {"a"})).ok());
  EXPECT_EQ(read.get(), 1u);
}

TEST_P(LogConformance, ConcurrentStopEndsAWait) {
  auto reader = std::move(log_->open_reader(Family::kData, {})).value();
  auto read = std::async(std::launch::async,
                         [&] { return reader->next(1000, std::chrono::hours(1))->size(); });
  reader->stop();
  EXPECT_EQ(read.get(), 0u);
  ASSERT_TRUE(append(batch_of(0, {"a"})).ok());
  EXPECT_TRUE(reader->next(1000, std::chrono::hours(1))->empty());
}

TEST_P(LogConformance, FamiliesAreApart) {
  ASSERT_TRUE(append(batch_of(0, {"a"}, Family::kSystem)).ok());
  EXPECT_TRUE(read_all().empty());
  EXPECT_EQ(read_all({}, Family::kSystem).size(), 1u);
  EXPECT_EQ(log_->durable_end(Family::kData).at(PartitionId(0)), Offset(0));
}

TEST_P(LogConformance, RefusesWhatIsNoAppendAndGoesOn) {
  EXPECT_EQ(append(batch_of(0, {})).error().code, Code::kInvalid);
  EXPECT_EQ(append(batch_of(kPartitions, {"a"})).error().code, Code::kInvalid);
  EXPECT_TRUE(append(batch_of(0, {"a"})).ok());
  const Positions beyond{{PartitionId(kPartitions), Offset(0)}};
  EXPECT_FALSE(log_->open_reader(Family::kData, beyond).ok());
  EXPECT_FALSE(log_->refusal().has_value());
}

TEST_P(LogConformance, RefusesAfterCloseAndKeepsReading) {
  ASSERT_TRUE(append(batch_of(0, {"a"})).ok());
  ASSERT_TRUE(log_->close().ok());
  ASSERT_TRUE(log_->close().ok());
  EXPECT_EQ(append(batch_of(0, {"b"})).error().code, Code::kUnavailable);
  EXPECT_EQ(read_all().at(0).size(), 1u);
}

TEST_P(LogConformance, ConcurrentAppendersKeepTheirOrder) {
  constexpr std::uint64_t kEach = 200;
  std::vector<std::thread> appenders;
  std::atomic<std::uint64_t> in_order{0};
  for (std::uint16_t p = 0; p < kPartitions; ++p)
    appenders.emplace_back([&, p] {
      for (std::uint64_t i = 0; i < kEach; ++i)
        log_->writer().append(batch_of(p, {std::to_string(i)}), [&, i](Result<Offset> offset) {
          if (offset.ok() && offset->value() == i) in_order.fetch_add(1);
        });
    });
  for (std::thread& appender : appenders)
    appender.join();
  ASSERT_TRUE(log_->close().ok());
  EXPECT_EQ(in_order.load(), kPartitions * kEach);
  const auto all = read_all();
  ASSERT_EQ(all.size(), kPartitions);
  for (const auto& [partition, records] : all) {
    ASSERT_EQ(records.size(), kEach);
    for (const auto& [offset, payload] : records)
      EXPECT_EQ(payload, std::to_string(offset));
  }
}

TEST_P(LogConformance, VerifyCountsEveryRecord) {
  ASSERT_TRUE(append(batch_of(0, {"a", "b"})).ok());
  ASSERT_TRUE(append(batch_of(1, {"c"}, Family::kSystem)).ok());
  const auto verdict = log_->verify();
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->records, 3u);
  EXPECT_EQ(verdict->frames, 2u);
  EXPECT_TRUE(verdict->incidents.empty());
  std::uint64_t listed = 0;
  for (const SegmentInfo& segment : log_->segments())
    listed += segment.record_count;
  EXPECT_EQ(listed, 3u);
}

TEST_P(LogConformance, ShowsRecordsOfOnePartition) {
  ASSERT_TRUE(append(batch_of(1, {"a", "b", "c"})).ok());
  ASSERT_TRUE(append(batch_of(2, {"x"})).ok());
  ASSERT_TRUE(append(batch_of(1, {"d"})).ok());
  const auto some = read_records(*log_, {Family::kData, PartitionId(1), Offset(1), 2});
  ASSERT_TRUE(some.ok());
  ASSERT_EQ(some->size(), 2u);
  EXPECT_EQ((*some)[0].payload, "b");
  EXPECT_EQ((*some)[1].offset, Offset(2));
  EXPECT_EQ(read_records(*log_, {Family::kData, PartitionId(1), Offset(0), 100})->size(), 4u);
  EXPECT_TRUE(read_records(*log_, {Family::kData, PartitionId(1), Offset(4), 100})->empty());
  EXPECT_FALSE(read_records(*log_, {Family::kData, PartitionId(kPartitions), {}, 1}).ok());
}

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segmented_log.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "base/testkit/fault_disk.h"
#include "base/testkit/power_cut_disk.h"
#include "base/testkit/simulated_clock.h"

namespace mobilake::log {
namespace {

LogConfig small_config(std::uint64_t writers = 2) {
  LogConfig config;
  config.partitions = 4;
  config.writers = writers;
  config.spare_segments = 1;
  config.data.segment_size = {64u << 10};
  config.system.segment_size = {64u << 10};
  return config;
}

class SegmentedLogTest : public testing::Test {
 protected:
  void open(std::uint64_t writers = 2) {
    auto opened = SegmentedLog::open("/log", small_config(writers), {clock_, disk_, *random_}, {},
                                     SegmentedLog::Threads::kNone);
    ASSERT_TRUE(opened.ok()) << opened.error().to_string();
    log_ = std::move(opened).value();
  }

  // Appends one record and notes what becomes of it.
  void append(std::uint16_t partition, const std::string& payload) {
    RecordBatch batch(Family::kData, "vehicle", PartitionId(partition));
    RecordView record;
    record.topic = "t";
    record.payload = payload;
    batch.add(record);
    log_->append(std::move(batch), [this, partition, payload](Result<Offset> offset) {
      if (!offset.ok()) return errors_.push_back(offset.error());
      auto& acked = acked_[partition];
      EXPECT_TRUE(acked.empty() || acked.rbegin()->first < offset->value());
      EXPECT_TRUE(acked.emplace(offset->value(), payload).second);
    });
  }

  std::map<std::uint16_t, std::map<std::uint64_t, std::string>> read_all() {
    std::map<std::uint16_t, std::map<std::uint64_t, std::string>> all;
    auto reader = std::move(log_->open_reader(Family::kData, {})).value();
    while (true) {
      auto batches = reader->next(10000, std::chrono::milliseconds(0));
      EXPECT_TRUE(batches.ok());
      if (!batches.ok() || batches->empty()) return all;
      for (const ReadBatch& batch : *batches) {
        std::uint64_t offset = batch.first.value();
        RecordCursor cursor(batch.bytes);
        RecordView record;
        while (cursor.next(record)) {
          auto& seen = all[batch.partition.value()];
          EXPECT_TRUE(seen.empty() || seen.rbegin()->first < offset);
          EXPECT_TRUE(seen.emplace(offset++, std::string(record.payload)).second);
        }
        EXPECT_TRUE(cursor.at_end());
        EXPECT_EQ(offset, batch.first.value() + batch.record_count);
      }
    }
  }

  // Every acked record is there with its offset; what else is there was at least appended.
  void expect_acked_are_kept() {
    const auto all = read_all();
    for (const auto& [partition, records] : acked_)
      for (const auto& [offset, payload] : records) {
        const auto seen = all.find(partition);
        ASSERT_NE(seen, all.end());
        const auto record = seen->second.find(offset);
        ASSERT_NE(record, seen->second.end()) << "lost " << partition << "/" << offset;
        EXPECT_EQ(record->second, payload);
      }
  }

  base::SimulatedClock clock_;
  std::optional<base::PowerCutDisk> memory_{std::in_place};
  base::FaultDisk disk_{*memory_};
  std::unique_ptr<Random> random_ = base::seeded_random(1);
  std::unique_ptr<SegmentedLog> log_;
  std::map<std::uint16_t, std::map<std::uint64_t, std::string>> acked_;
  std::vector<Error> errors_;
};

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

TEST_F(SegmentedLogTest, LosesNothingAckedAtAThousandPowerCuts) {
  std::size_t acked = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    memory_.emplace();
    acked_.clear();
    auto chance = base::seeded_random(seed);
    for (int life = 0; life < 3; ++life) {
      open(1 + chance->below(3));
      memory_->power_off_after(chance->below(60));
      for (int i = 0; i < 40; ++i) {
        append(static_cast<std::uint16_t>(chance->below(4)),
               std::string(chance->below(9000), static_cast<char>('a' + i % 26)));
        if (chance->below(2) == 0) log_->run_turns();
        if (chance->below(8) == 0) log_->housekeep();
      }
      log_.reset();
      memory_->cut(*chance);
    }
    open(2);
    expect_acked_are_kept();
    for (const auto& [partition, records] : acked_)
      acked += records.size();
    log_.reset();
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(acked, 10000u) << "the cuts came too early to prove anything";
}

}  // namespace
}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/testkit/fault_disk.h"
#include "base/testkit/power_cut_disk.h"
#include "base/testkit/simulated_clock.h"
#include "log/inside/segmented_log.h"

namespace mobilake::log {

/// A log without threads over a disk that can fail and lose its power: every step is the test's.
class SegmentedLogFixture : public testing::Test {
 protected:
  /// Payloads by partition and offset.
  using Records = std::map<std::uint16_t, std::map<std::uint64_t, std::string>>;

  static LogConfig small_config(std::uint64_t writers = 2) {
    LogConfig config;
    config.partitions = 4;
    config.writers = writers;
    config.spare_segments = 1;
    config.data.segment_size = {64u << 10};
    config.system.segment_size = {64u << 10};
    return config;
  }

  Result<> try_open(const LogConfig& config) {
    log_.reset();
    auto opened = SegmentedLog::open("/log", config, {clock_, disk_, *random_}, {},
                                     SegmentedLog::Threads::kNone);
    if (!opened.ok()) return std::move(opened).error();
    log_ = std::move(opened).value();
    return {};
  }

  void open(const LogConfig& config) {
    const auto opened = try_open(config);
    ASSERT_TRUE(opened.ok()) << opened.error().to_string();
  }
  void open(std::uint64_t writers = 2) { open(small_config(writers)); }

  /// Appends one record and notes what becomes of it.
  void append(std::uint16_t partition, const std::string& payload, Family family = Family::kData) {
    RecordBatch batch(family, "vehicle", PartitionId(partition));
    RecordView record;
    record.topic = "t";
    record.payload = payload;
    batch.add(record);
    log_->append(std::move(batch), [this, partition, payload, family](Result<Offset> offset) {
      if (!offset.ok()) return errors_.push_back(offset.error());
      if (family != Family::kData) return;
      auto& acked = acked_[partition];
      EXPECT_TRUE(acked.empty() || acked.rbegin()->first < offset->value())
          << "offset " << offset->value() << " was given before in partition " << partition;
      EXPECT_TRUE(acked.emplace(offset->value(), payload).second);
    });
  }

  /// Appends, and has the turn done.
  void commit(std::uint16_t partition, const std::string& payload, Family family = Family::kData) {
    append(partition, payload, family);
    log_->run_turns();
  }

  /// Reads all there is. Offsets rise in each partition, and every batch is whole.
  Records read_all() {
    Records all;
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

  /// Every acked record is there with its offset; what else is there was at least appended.
  void expect_acked_are_kept() {
    const Records all = read_all();
    for (const auto& [partition, records] : acked_)
      for (const auto& [offset, payload] : records) {
        const auto seen = all.find(partition);
        ASSERT_NE(seen, all.end()) << "lost partition " << partition;
        const auto record = seen->second.find(offset);
        ASSERT_NE(record, seen->second.end()) << "lost " << partition << "/" << offset;
        EXPECT_EQ(record->second, payload);
      }
  }

  /// Nothing is served that was not appended under that offset: what was not acked may be there.
  void expect_only_acked(const Records& all) {
    for (const auto& [partition, records] : all)
      for (const auto& [offset, payload] : records) {
        const auto found = acked_[partition].find(offset);
        if (found == acked_[partition].end()) continue;
        EXPECT_EQ(found->second, payload);
      }
  }

  std::uint64_t acked_count() const {
    std::uint64_t count = 0;
    for (const auto& [partition, records] : acked_)
      count += records.size();
    return count;
  }

  /// Closes the log and goes back to an empty disk.
  void begin_anew() {
    log_.reset();
    memory_.emplace();
    acked_.clear();
    errors_.clear();
    disk_.heal();
  }

  base::SimulatedClock clock_;
  std::optional<base::PowerCutDisk> memory_{std::in_place};
  base::FaultDisk disk_{*memory_};
  std::unique_ptr<Random> random_ = base::seeded_random(1);
  std::map<std::uint16_t, std::map<std::uint64_t, std::string>> acked_;
  std::vector<Error> errors_;
  std::unique_ptr<SegmentedLog> log_;  // last: its end answers what waits
};

}  // namespace mobilake::log

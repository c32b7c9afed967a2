// SPDX-License-Identifier: Apache-2.0
#include "log/inspect_log.h"

#include <gtest/gtest.h>

#include "log/test/segmented_log_fixture.h"

namespace mobilake::log {
namespace {

class InspectLogTest : public SegmentedLogFixture {
 protected:
  std::unique_ptr<LogInspection> inspect() {
    auto inspection = LogInspection::open("/log", disk_);
    EXPECT_TRUE(inspection.ok());
    return std::move(inspection).value();
  }
};

TEST_F(InspectLogTest, ShowsSealedAndUnsealedSegmentsWithoutChangingAByte) {
  open(2);
  for (int i = 0; i < 100; ++i)
    commit(static_cast<std::uint16_t>(i % 4), std::string(1000, 'x'));
  log_->housekeep();
  commit(1, "the last one");
  const auto live = log_->segments();
  log_.reset();
  const std::uint64_t changes = memory_->changing_calls();
  const auto inspection = inspect();
  ASSERT_EQ(inspection->segments().size(), live.size());
  for (std::size_t i = 0; i < live.size(); ++i) {
    EXPECT_EQ(inspection->segments()[i].file, live[i].file);
    EXPECT_EQ(inspection->segments()[i].sealed, live[i].sealed);
    EXPECT_EQ(inspection->segments()[i].record_count, live[i].record_count);
    EXPECT_EQ(inspection->segments()[i].frame_count, live[i].frame_count);
  }
  const auto verdict = inspection->verify();
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->records, 101u);
  EXPECT_TRUE(verdict->incidents.empty());
  EXPECT_TRUE(inspection->incidents().empty());
  EXPECT_EQ(memory_->changing_calls(), changes);
}

TEST_F(InspectLogTest, ReturnsRecordsOfOnePartitionAcrossSegments) {
  open(2);
  for (int i = 0; i < 100; ++i)
    commit(static_cast<std::uint16_t>(i % 4), std::to_string(i) + std::string(1000, '.'));
  log_.reset();
  const auto inspection = inspect();
  const auto records = inspection->records({Family::kData, PartitionId(3), Offset(5), 10});
  ASSERT_TRUE(records.ok());
  ASSERT_EQ(records->size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ((*records)[i].offset, Offset(5 + i));
    EXPECT_EQ((*records)[i].payload, acked_[3][5 + i]);
    EXPECT_EQ((*records)[i].stream, "vehicle");
    EXPECT_EQ((*records)[i].topic, "t");
  }
  EXPECT_EQ(inspection->records({Family::kData, PartitionId(3), Offset(20), 100})->size(), 5u);
  EXPECT_TRUE(inspection->records({Family::kData, PartitionId(3), Offset(25), 100})->empty());
  EXPECT_TRUE(inspection->records({Family::kSystem, PartitionId(3), {}, 100})->empty());
  EXPECT_EQ(inspection->records({Family::kData, PartitionId(4), {}, 1}).error().code,
            Code::kInvalid);
}

TEST_F(InspectLogTest, TellsTheTornFrameThatRecoveryWillDrop) {
  open(1);
  commit(0, "kept");
  commit(0, "torn");
  const std::string path = "/log/" + log_->segments().front().file;
  log_.reset();
  ASSERT_TRUE(disk_.flip_bit(path, (3 * 4096 + 70) * 8).ok());
  const auto inspection = inspect();
  ASSERT_EQ(inspection->incidents().size(), 1u);
  EXPECT_EQ(inspection->incidents()[0].file_offset, 3u * 4096);
  EXPECT_EQ(inspection->verify()->incidents.size(), 1u);
  EXPECT_EQ(inspection->records({Family::kData, PartitionId(0), {}, 10})->size(), 1u);
}

TEST_F(InspectLogTest, FindsAFooterThatDoesNotFitTheFrames) {
  open(1);
  for (int i = 0; i < 30; ++i)
    commit(0, std::string(3000, 'x'));
  log_->housekeep();
  ASSERT_TRUE(log_->segments().front().sealed);
  const std::string path = "/log/" + log_->segments().front().file;
  log_.reset();
  // The last frame's front is wiped to zeros: no trace of it but the footer's count.
  auto file = std::move(disk_.open(path, OpenMode::kReadWrite)).value();
  const auto size = file->size();
  ASSERT_TRUE(size.ok());
  ASSERT_TRUE(file->write(14 * 4096, std::string(4096, '\0')).ok());
  const auto verdict = inspect()->verify();
  EXPECT_EQ(verdict->incidents.size(), 2u);
}

TEST_F(InspectLogTest, SaysWhereThereIsNoLog) {
  EXPECT_EQ(LogInspection::open("/log", disk_).error().code, Code::kNotFound);
  open(1);
  log_.reset();
  ASSERT_TRUE(disk_.replace_file("/log/identity", "mobilake log 2\n").ok());
  EXPECT_EQ(LogInspection::open("/log", disk_).error().code, Code::kUnsupported);
  ASSERT_TRUE(disk_.replace_file("/log/identity", "mob").ok());
  EXPECT_EQ(LogInspection::open("/log", disk_).error().code, Code::kCorrupt);
}

TEST_F(InspectLogTest, NamesFamiliesBothWays) {
  EXPECT_EQ(*parse_family(family_name(Family::kData)), Family::kData);
  EXPECT_EQ(*parse_family(family_name(Family::kSystem)), Family::kSystem);
  EXPECT_EQ(parse_family("dats").error().code, Code::kInvalid);
}

}  // namespace
}  // namespace mobilake::log

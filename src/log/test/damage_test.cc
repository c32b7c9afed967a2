// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "log/inside/frames/segment_file.h"
#include "log/inspect_log.h"
#include "log/test/segmented_log_fixture.h"

namespace mobilake::log {
namespace {

constexpr std::uint64_t kHeaderBytes = 2 * kBlockBytes;  // of four partitions

class DamageTest : public SegmentedLogFixture {
 protected:
  std::string read_file(const std::string& path) {
    return std::move(memory_->read_file(path)).value_or("");
  }
  void write_file(const std::string& path, const std::string& bytes) {
    auto file = std::move(memory_->open(path, OpenMode::kCreate)).value();
    ASSERT_TRUE(file->truncate(bytes.size()).ok());
    ASSERT_TRUE(file->write(0, bytes).ok());
    ASSERT_TRUE(file->sync().ok());
  }
  void flip(const std::string& path, std::uint64_t byte, std::uint64_t bit = 0) {
    ASSERT_TRUE(disk_.flip_bit(path, byte * 8 + bit).ok());
  }

  std::vector<std::string> segment_paths() {
    std::vector<std::string> paths;
    for (const SegmentInfo& info : log_->segments())
      if (info.family == Family::kData) paths.push_back("/log/" + info.file);
    return paths;
  }
};

TEST_F(DamageTest, TornTailAtEveryByteOfTheLastFrameLosesThatFrameAlone) {
  open(1);
  commit(0, "first");
  commit(1, std::string(5000, 'b'));
  const Records before = acked_;
  commit(0, std::string(5000, 'c'));
  const std::string path = segment_paths().front();
  log_.reset();
  const std::string whole = read_file(path);
  // header, one block, two blocks, then the last frame's two
  const std::uint64_t begin = kHeaderBytes + 3 * kBlockBytes;
  const std::uint64_t end =
      begin + kFrameHeadBytes + kBatchHeadBytes + 7 + kRecordHeadBytes + 1 + 5000;
  ASSERT_EQ(whole.substr(begin, 4), "MFRM");
  for (std::uint64_t cut = begin; cut < end; ++cut) {
    std::string torn = whole;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(cut), torn.end(), '\0');
    write_file(path, torn);
    acked_ = before;
    open(1);
    ASSERT_EQ(read_all(), before) << "cut at " << cut - begin;
    // Told, unless not even the frame's magic was there.
    ASSERT_EQ(log_->incidents().size(), cut >= begin + 4 ? 1u : 0u) << "cut at " << cut - begin;
    commit(0, "after");
    ASSERT_EQ(read_all()[0].rbegin()->second, "after");
    log_.reset();
    memory_.emplace();
    ASSERT_TRUE(memory_->make_directories("/log/data").ok());
    ASSERT_TRUE(memory_->make_directories("/log/system").ok());
    write_file("/log/identity", "mobilake log 1\npartitions 4\n");
  }
}

TEST_F(DamageTest, BytesOfADroppedFrameAreKeptAndToldByVerify) {
  open(1);
  commit(0, "first");
  commit(0, "the frame that will be damaged");
  const std::string path = segment_paths().front();
  log_.reset();
  const std::uint64_t at = kHeaderBytes + kBlockBytes;
  flip(path, at + 70);
  const std::string damaged = read_file(path).substr(at, kBlockBytes);
  open(1);
  ASSERT_EQ(log_->incidents().size(), 1u);
  EXPECT_EQ(log_->incidents()[0].file_offset, at);
  EXPECT_EQ(read_file(path).substr(at, kBlockBytes), damaged);
  const auto verdict = log_->verify();
  ASSERT_EQ(verdict->incidents.size(), 1u);
  EXPECT_EQ(verdict->incidents[0].file_offset, at);
  EXPECT_EQ(verdict->incidents[0].file, log_->segments().front().file);
}

TEST_F(DamageTest, OffsetsOfADamagedLastFrameAreNotGivenAgain) {
  open(1);
  commit(0, "first");
  commit(0, "acked, read by somebody, then damaged");
  const std::string path = segment_paths().front();
  log_.reset();
  flip(path, kHeaderBytes + kBlockBytes + 70);
  // However often it is restarted before the next append.
  open(1);
  open(2);
  EXPECT_EQ(log_->durable_end(Family::kData)[PartitionId(0)], Offset(1));
  commit(0, "next");  // append() expects an offset above the acked ones
  EXPECT_GT(acked_[0].rbegin()->first, 1u);
}

TEST_F(DamageTest, BothHeadersOfTheNewestSegmentDamagedNeverTurnOffsetsBack) {
  LogConfig config = small_config(1);
  config.data.retain_time = std::chrono::seconds(10);
  open(config);
  for (int i = 0; i < 5; ++i)
    commit(3, "idle from now on");
  // Partition 3's records go by time; then only headers and the saved offsets know of them.
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i)
      commit(0, std::string(3000, 'x'));
    log_->housekeep();
    clock_.advance(std::chrono::seconds(20));
    log_->housekeep();
  }
  ASSERT_FALSE(read_all().contains(3));
  const std::string newest = segment_paths().back();
  log_.reset();
  flip(newest, 20);
  flip(newest, kBlockBytes + 20);
  open(config);
  commit(3, "again");
  ASSERT_TRUE(errors_.empty()) << errors_.front().to_string();
  EXPECT_GE(acked_[3].rbegin()->first, 5u);
}

TEST_F(DamageTest, PartitionWhoseOffsetNobodyKnowsIsRefusedByName) {
  LogConfig config = small_config(1);
  config.data.retain_time = std::chrono::seconds(10);
  open(config);
  commit(3, "idle from now on");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i)
      commit(0, std::string(3000, 'x'));
    log_->housekeep();
    clock_.advance(std::chrono::seconds(20));
    log_->housekeep();
  }
  const auto paths = segment_paths();
  log_.reset();
  for (const std::string& path : paths) {
    flip(path, 20);
    flip(path, kBlockBytes + 20);
  }
  ASSERT_TRUE(memory_->exists("/log/data/offsets").value_or(false));
  flip("/log/data/offsets", 12);
  open(config);
  commit(3, "refused");
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_EQ(errors_[0].code, Code::kUnavailable);
  EXPECT_NE(errors_[0].message.find("partition 3"), std::string::npos) << errors_[0].message;
  const auto incidents = log_->incidents();
  EXPECT_TRUE(std::any_of(incidents.begin(), incidents.end(), [](const LogIncident& incident) {
    return incident.file == "data/offsets";
  }));
}

TEST_F(DamageTest, ThousandBitFlipsServeNothingSilently) {
  LogConfig config = small_config(2);
  open(config);
  auto chance = base::seeded_random(11);
  for (int i = 0; i < 150; ++i) {
    append(static_cast<std::uint16_t>(chance->below(4)),
           std::string(chance->below(3000), static_cast<char>('a' + i % 26)));
    if (chance->below(2) == 0) log_->run_turns();
    if (i % 40 == 39) log_->housekeep();
  }
  log_->run_turns();
  log_.reset();
  std::map<std::string, std::string> files;
  const auto listed = memory_->list("/log/data");
  for (const std::string& name : *listed)
    files["/log/data/" + name] = read_file("/log/data/" + name);
  ASSERT_GE(files.size(), 4u);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files)
    if (name.ends_with(".segment")) names.push_back(name);
  const Records acked = acked_;
  std::uint64_t noticed = 0;
  for (int flip_number = 0; flip_number < 1'000; ++flip_number) {
    begin_anew();
    ASSERT_TRUE(memory_->make_directories("/log/data").ok());
    ASSERT_TRUE(memory_->make_directories("/log/system").ok());
    write_file("/log/identity", "mobilake log 1\npartitions 4\n");
    for (const auto& [name, bytes] : files)
      write_file(name, bytes);
    const std::string& hit = names[chance->below(names.size())];
    flip(hit, chance->below(files[hit].size()), chance->below(8));
    acked_ = acked;
    open(config);
    if (HasFatalFailure()) return;
    const Records all = read_all();
    expect_only_acked(all);
    // What is missing is told.
    if (all != acked) {
      ASSERT_FALSE(log_->incidents().empty()) << "flip " << flip_number << " in " << hit;
      ++noticed;
    }
    // At most one frame is gone: no stream is dropped for one bit.
    std::uint64_t left = 0;
    for (const auto& [partition, records] : all)
      left += records.size();
    ASSERT_GE(left + 20, acked_count());
    commit(0, "after");  // append() expects an offset that was never given
    if (HasFatalFailure() || HasNonfatalFailure())
      FAIL() << "flip " << flip_number << " in " << hit;
  }
  EXPECT_GT(noticed, 200u) << "the flips missed the frames";
}

TEST_F(DamageTest, DamageInTheMiddleSkipsThatFrameAndNoOther) {
  open(1);
  for (int i = 0; i < 5; ++i)
    commit(0, "record " + std::to_string(i));
  const std::string path = segment_paths().front();
  flip(path, kHeaderBytes + 2 * kBlockBytes + 70);
  for (int restart = 0; restart < 2; ++restart) {
    const Records all = read_all();
    ASSERT_EQ(all.at(0).size(), 4u);
    EXPECT_FALSE(all.at(0).contains(2));
    ASSERT_EQ(log_->incidents().size(), 1u);
    EXPECT_EQ(log_->verify()->incidents.size(), 1u);
    open(1);
  }
}

TEST_F(DamageTest, FooterThatIsDamagedIsMadeAnew) {
  open(1);
  for (int i = 0; i < 40; ++i)
    commit(0, std::string(3000, 'x'));
  log_->housekeep();
  const std::string path = segment_paths().front();
  ASSERT_TRUE(log_->segments().front().sealed);
  log_.reset();
  flip(path, read_file(path).size() - kBlockBytes + 30);
  open(1);
  EXPECT_EQ(read_all(), acked_);
  EXPECT_TRUE(log_->segments().front().sealed);
  EXPECT_TRUE(log_->verify()->incidents.empty());
}

TEST_F(DamageTest, FileThatIsNoSegmentIsLeftAlone) {
  open(1);
  commit(0, "kept");
  const std::string path = segment_paths().front();
  log_.reset();
  const std::string copy = "/log/data/00000000000000ff.segment";
  write_file(copy, read_file(path));
  open(1);
  EXPECT_EQ(read_all(), acked_);
  ASSERT_FALSE(log_->incidents().empty());
  commit(0, "goes on");
  EXPECT_TRUE(errors_.empty());
  EXPECT_TRUE(memory_->exists(copy).value_or(false));
}

}  // namespace
}  // namespace mobilake::log

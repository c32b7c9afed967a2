// SPDX-License-Identifier: Apache-2.0
#include "base/testkit/fault_disk.h"

#include <gtest/gtest.h>

#include "base/testkit/power_cut_disk.h"

namespace mobilake::base {
namespace {

class FaultDiskTest : public testing::Test {
 protected:
  std::unique_ptr<File> create(const std::string& path) {
    return std::move(disk_.open(path, OpenMode::kCreate)).value();
  }

  PowerCutDisk memory_;
  FaultDisk disk_{memory_};
};

TEST_F(FaultDiskTest, FailsTheKthCallAloneAndDoesNotDoIt) {
  auto file = create("/file");
  disk_.fail(DiskCall::kWrite, 2);
  EXPECT_TRUE(file->write(0, "a").ok());
  EXPECT_EQ(file->write(0, "b").error().code, Code::kUnavailable);
  EXPECT_EQ(*disk_.read_file("/file"), "a");
  EXPECT_TRUE(file->write(0, "c").ok());
  EXPECT_EQ(disk_.calls(DiskCall::kWrite), 3u);
}

TEST_F(FaultDiskTest, FailsSyncsRenamesAndOpensByTheirOwnCount) {
  auto file = create("/file");
  disk_.fail(DiskCall::kSync, 1, UINT64_MAX);
  disk_.fail(DiskCall::kRename, 1, 1, denied("injected"));
  disk_.fail(DiskCall::kOpen, 1);
  EXPECT_FALSE(file->sync().ok());
  EXPECT_FALSE(file->sync().ok());
  EXPECT_EQ(disk_.rename("/file", "/other").error().code, Code::kDenied);
  EXPECT_FALSE(disk_.open("/file", OpenMode::kRead).ok());
  EXPECT_TRUE(disk_.open("/file", OpenMode::kRead).ok());
  disk_.heal();
  EXPECT_TRUE(file->sync().ok());
}

TEST_F(FaultDiskTest, ShortWriteLeavesItsFirstHalf) {
  auto file = create("/file");
  disk_.fail_short_write(1);
  const iovec parts[] = {{const_cast<char*>("abc"), 3}, {const_cast<char*>("def"), 3}};
  EXPECT_FALSE(file->write(0, parts).ok());
  EXPECT_EQ(*disk_.read_file("/file"), "abc");
}

TEST_F(FaultDiskTest, FullDiskTakesWhatFitsAndComesBackWithSpace) {
  auto file = create("/file");
  auto other = create("/other");
  disk_.set_free_bytes(5);
  EXPECT_TRUE(other->write(0, "xy").ok());
  EXPECT_EQ(file->write(0, "abcdef").error().code, Code::kExhausted);
  EXPECT_EQ(*disk_.read_file("/file"), "abc");
  EXPECT_TRUE(file->write(0, "ABC").ok()) << "writing over bytes needs no space";
  EXPECT_EQ(*disk_.free_bytes("/"), 0u);
  EXPECT_TRUE(disk_.remove("/other").ok());
  EXPECT_EQ(*disk_.free_bytes("/"), 2u);
  EXPECT_TRUE(file->write(3, "de").ok());
}

TEST_F(FaultDiskTest, FlipsOneBit) {
  EXPECT_TRUE(create("/file")->write(0, "aa").ok());
  EXPECT_TRUE(disk_.flip_bit("/file", 9).ok());
  EXPECT_EQ(*disk_.read_file("/file"), "ac");
}

}  // namespace
}  // namespace mobilake::base

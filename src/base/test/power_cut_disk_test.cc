// SPDX-License-Identifier: Apache-2.0
#include "base/testkit/power_cut_disk.h"

#include <gtest/gtest.h>

#include <set>

namespace mobilake::base {
namespace {

constexpr std::size_t kBlock = PowerCutDisk::kBlockBytes;

std::unique_ptr<File> make_durable(Disk& disk, const std::string& path, std::string_view bytes) {
  auto file = std::move(disk.open(path, OpenMode::kCreate)).value();
  EXPECT_TRUE(file->write(0, bytes).ok());
  EXPECT_TRUE(file->sync().ok());
  EXPECT_TRUE(disk.sync_directory(parent_directory(path)).ok());
  return file;
}

TEST(PowerCutDiskTest, KeepsWhatWasSyncedAtEveryCut) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    PowerCutDisk disk;
    ASSERT_TRUE(disk.make_directories("/a/b").ok());
    make_durable(disk, "/a/b/file", "kept");
    disk.cut(*seeded_random(seed));
    EXPECT_EQ(*disk.read_file("/a/b/file"), "kept");
  }
}

TEST(PowerCutDiskTest, MixesOldAndNewBlocksOfUnsyncedWrites) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    PowerCutDisk disk;
    auto file = make_durable(disk, "/file", std::string(2 * kBlock, 'o'));
    ASSERT_TRUE(file->write(0, std::string(2 * kBlock, 'n')).ok());
    disk.cut(*seeded_random(seed));
    const std::string bytes = *disk.read_file("/file");
    ASSERT_EQ(bytes.size(), 2 * kBlock);
    EXPECT_EQ(bytes.substr(0, kBlock), std::string(kBlock, bytes[0]));
    EXPECT_EQ(bytes.substr(kBlock), std::string(kBlock, bytes[kBlock]));
    seen.insert({bytes[0], bytes[kBlock]});
  }
  EXPECT_EQ(seen, (std::set<std::string>{"oo", "on", "no", "nn"}));
}

TEST(PowerCutDiskTest, TearsTheSizeOfAGrowingFile) {
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    PowerCutDisk disk;
    auto file = make_durable(disk, "/file", "0123456789");
    ASSERT_TRUE(file->write(10, "abcdefghij").ok());
    disk.cut(*seeded_random(seed));
    const std::string bytes = *disk.read_file("/file");
    EXPECT_EQ(bytes.substr(0, 10), "0123456789");
    sizes.insert(bytes.size());
  }
  EXPECT_TRUE(sizes.contains(10) && sizes.contains(20) && sizes.size() > 3);
}

TEST(PowerCutDiskTest, ForgetsUnsyncedNamesInAnySubset) {
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    PowerCutDisk disk;
    make_durable(disk, "/old", "1");
    make_durable(disk, "/gone", "2");
    ASSERT_TRUE((*disk.open("/new", OpenMode::kCreateNew))->sync().ok());
    ASSERT_TRUE(disk.rename("/old", "/renamed").ok());
    ASSERT_TRUE(disk.remove("/gone").ok());
    disk.cut(*seeded_random(seed));
    seen.insert(*disk.list("/"));
  }
  EXPECT_EQ(seen.size(), 8u);
}

TEST(PowerCutDiskTest, ReplacedFileIsOldOrNewWhole) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    PowerCutDisk disk;
    make_durable(disk, "/file", "old");
    disk.power_off_after(seed % 6);
    const bool done = disk.replace_file("/file", "new").ok();
    disk.cut(*seeded_random(seed));
    const std::string bytes = *disk.read_file("/file");
    EXPECT_TRUE(!done || bytes == "new");
    seen.insert(bytes);
  }
  EXPECT_EQ(seen, (std::set<std::string>{"old", "new"}));
}

TEST(PowerCutDiskTest, FileOpenedBeforeTheCutIsDead) {
  PowerCutDisk disk;
  auto file = make_durable(disk, "/file", "x");
  disk.cut(*seeded_random(1));
  EXPECT_EQ(file->write(0, "y").error().code, Code::kUnavailable);
  EXPECT_EQ(file->sync().error().code, Code::kUnavailable);
  EXPECT_EQ(*disk.read_file("/file"), "x");
}

TEST(PowerCutDiskTest, NothingWorksBetweenPowerOffAndCut) {
  PowerCutDisk disk;
  auto file = make_durable(disk, "/file", "x");
  disk.power_off_after(1);
  EXPECT_TRUE(file->write(0, "y").ok());
  EXPECT_FALSE(file->sync().ok());
  EXPECT_FALSE(disk.read_file("/file").ok());
  disk.cut(*seeded_random(1));
  EXPECT_TRUE(disk.read_file("/file").ok());
}

}  // namespace
}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/disk.h"

namespace mobilake::base {
namespace {

class SystemDiskTest : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/system_disk_test_XXXXXX";
    folder_ = ::mkdtemp(path);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(SystemDiskTest, ReadsWhatWasWrittenPastTheCacheAndBesideIt) {
  alignas(4096) static char blocks[2 * 4096];
  std::fill(blocks, blocks + 4096, 'a');
  std::fill(blocks + 4096, blocks + 8192, 'b');
  auto file = system_disk().open(folder_ + "/file", OpenMode::kCreate);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->write(0, std::string(8192, 'x')).ok());
  EXPECT_EQ(*(*file)->read_exactly(0, 8192), std::string(8192, 'x'));  // now it is in the cache
  (*file)->bypass_cache();
  const iovec parts[] = {{blocks, 4096}, {blocks + 4096, 4096}};
  ASSERT_TRUE((*file)->write(0, parts).ok());
  EXPECT_EQ(*(*file)->read_exactly(0, 8192), std::string(4096, 'a') + std::string(4096, 'b'));
  ASSERT_TRUE((*file)->write(1, "unaligned").ok());
  ASSERT_TRUE((*file)->write(8192, {blocks, 4096}).ok());
  ASSERT_TRUE((*file)->sync().ok());
  EXPECT_EQ(*(*file)->read_exactly(0, 11), "aunaligneda");
  EXPECT_EQ(*(*file)->read_exactly(8192, 4096), std::string(4096, 'a'));
}

TEST_F(SystemDiskTest, ReplacesAFileWholly) {
  ASSERT_TRUE(system_disk().replace_file(folder_ + "/file", "old and long").ok());
  ASSERT_TRUE(system_disk().replace_file(folder_ + "/file", "new").ok());
  EXPECT_EQ(*system_disk().read_file(folder_ + "/file"), "new");
}

}  // namespace
}  // namespace mobilake::base

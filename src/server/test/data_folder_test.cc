// SPDX-License-Identifier: Apache-2.0
#include "server/data_folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace mobilake::server {
namespace {

namespace fs = std::filesystem;

class DataFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/data_folder_test_XXXXXX";
    root_ = ::mkdtemp(path);
  }
  void TearDown() override { fs::remove_all(root_); }

  Result<std::unique_ptr<DataFolder>> open(const std::string& name = "data") {
    return DataFolder::open(root_ + "/" + name, base::system_disk(), "1.2.3");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(root_ + "/" + name) << text;
  }
  std::string read(const std::string& name) {
    std::ifstream file(root_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string root_;
};

TEST_F(DataFolderTest, MakesAFolderThatOnlyItsOwnerReads) {
  ASSERT_TRUE(open().ok());
  struct stat facts{};
  ASSERT_EQ(::stat((root_ + "/data").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  EXPECT_EQ(read("data/format.json"), "{\"format\":1,\"version\":\"1.2.3\"}\n");
}

TEST_F(DataFolderTest, RefusesASecondServerWhileTheFirstLives) {
  auto first = open();
  ASSERT_TRUE(first.ok());
  const auto second = open();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_NE(second.error().message.find(root_ + "/data"), std::string::npos);
  first->reset();
  EXPECT_TRUE(open().ok());
}

TEST_F(DataFolderTest, RefusesANewerFormatAndTakesItsOwn) {
  ASSERT_TRUE(open().ok());
  write("data/format.json", "{\"format\":2,\"version\":\"9.0.0\"}");
  const auto newer = open();
  ASSERT_FALSE(newer.ok());
  EXPECT_EQ(newer.error().code, Code::kUnsupported);
  EXPECT_NE(newer.error().message.find("9.0.0"), std::string::npos);
  write("data/format.json", "nonsense");
  EXPECT_EQ(open().error().code, Code::kCorrupt);
  write("data/format.json", "{\"format\":1}");
  EXPECT_TRUE(open().ok());
}

TEST_F(DataFolderTest, DoesNotTakeOverAFolderOfOtherThings) {
  fs::create_directory(root_ + "/taken");
  write("taken/letter.txt", "dear");
  const auto taken = open("taken");
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, Code::kInvalid);
  EXPECT_NE(taken.error().message.find("letter.txt"), std::string::npos);
  fs::remove(root_ + "/taken/letter.txt");
  EXPECT_TRUE(open("taken").ok());
}

TEST_F(DataFolderTest, SaysWhereTheDoorsAreWhileTheyAreOpen) {
  {
    auto folder = open();
    ASSERT_TRUE(folder.ok());
    ASSERT_TRUE((*folder)->publish_endpoints({{"http", "http://127.0.0.1:1"}}).ok());
    EXPECT_EQ(read("data/endpoints.json"), "{\"http\":\"http://127.0.0.1:1\"}\n");
  }
  ASSERT_TRUE(open().ok());  // what a killed process left is not believed
  EXPECT_FALSE(fs::exists(root_ + "/data/endpoints.json"));
}

TEST_F(DataFolderTest, RemembersWhereItLayBefore) {
  ASSERT_TRUE(open()->get()->former_paths().empty());
  fs::rename(root_ + "/data", root_ + "/moved");
  EXPECT_EQ(open("moved")->get()->former_paths(), std::vector<std::string>{root_ + "/data"});
  EXPECT_EQ(open("moved")->get()->former_paths(), std::vector<std::string>{root_ + "/data"});
  fs::rename(root_ + "/moved", root_ + "/data");
  EXPECT_EQ(open()->get()->former_paths(), std::vector<std::string>{root_ + "/moved"});
}

}  // namespace
}  // namespace mobilake::server

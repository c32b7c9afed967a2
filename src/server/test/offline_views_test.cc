// SPDX-License-Identifier: Apache-2.0
#include "server/offline_views.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/doors.h"
#include "log/open_log.h"

namespace mobilake::server {
namespace {

using Json = nlohmann::json;

class OfflineViewsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string made = testing::TempDir() + "/offline-XXXXXX";
    ASSERT_NE(::mkdtemp(made.data()), nullptr);
    data_dir_ = made;
  }
  void TearDown() override { std::filesystem::remove_all(data_dir_); }

  // Leaves a lock file as a server does, and a log with two records.
  void fill() {
    ASSERT_TRUE(disk_.replace_file(data_dir_ + "/lock", "").ok());
    log::LogConfig config;
    config.partitions = 4;
    config.data.segment_size = config.system.segment_size = {64u << 10};
    auto log = std::move(log::open_log(data_dir_ + "/log", config, base::system_doors())).value();
    for (const char* payload : {"{\"speed\":1}", "\xff\xfe"}) {
      log::RecordBatch batch(log::Family::kData, "vehicle", log::PartitionId(2));
      log::RecordView record;
      record.received_at = Timestamp(std::chrono::milliseconds(1'700'000'000'123));
      record.topic = "vehicles/a/telemetry";
      record.payload = payload;
      batch.add(record);
      log->writer().append(std::move(batch),
                           [](Result<log::Offset> offset) { EXPECT_TRUE(offset.ok()); });
    }
    ASSERT_TRUE(log->close().ok());
  }

  std::string data_dir_;
  Disk& disk_ = base::system_disk();
};

TEST_F(OfflineViewsTest, ListsSegmentsWithTheirCounts) {
  fill();
  const auto answer = offline_log_segments(data_dir_, disk_);
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  const Json json = Json::parse(*answer);
  EXPECT_TRUE(json["incidents"].empty());
  std::uint64_t records = 0;
  for (const Json& item : json["items"]) {
    EXPECT_FALSE(item["sealed"].get<bool>());
    records += item["records"].get<std::uint64_t>();
  }
  EXPECT_EQ(records, 2u);
}

TEST_F(OfflineViewsTest, ShowsRecordsAndKeepsBytesThatAreNoText) {
  fill();
  const auto answer = offline_log_records(data_dir_, {"data", 2, 0, 20}, disk_);
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  const Json items = Json::parse(*answer)["items"];
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0]["payload"], "{\"speed\":1}");
  EXPECT_EQ(items[0]["topic"], "vehicles/a/telemetry");
  EXPECT_EQ(items[0]["received_at"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(items[1]["payload_base64"], "//4=");
  EXPECT_EQ(items[1]["offset"], 1);
  const auto second = offline_log_records(data_dir_, {"data", 2, 1, 20}, disk_);
  EXPECT_EQ(Json::parse(*second)["items"].size(), 1u);
  EXPECT_EQ(offline_log_records(data_dir_, {"data", 4, 0, 20}, disk_).error().code, Code::kInvalid);
  EXPECT_EQ(offline_log_records(data_dir_, {"dato", 2, 0, 20}, disk_).error().code, Code::kInvalid);
}

TEST_F(OfflineViewsTest, VerifiesWithoutChangingAFile) {
  fill();
  const auto stamp = [&] {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_dir_))
      if (entry.is_regular_file())
        files[entry.path()] = disk_.read_file(entry.path()).value_or("unreadable");
    return files;
  };
  const auto before = stamp();
  const auto answer = offline_log_verify(data_dir_, disk_);
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  const Json json = Json::parse(*answer);
  EXPECT_EQ(json["records"], 2);
  EXPECT_TRUE(json["incidents"].empty());
  EXPECT_TRUE(before == stamp());
}

TEST_F(OfflineViewsTest, RefusesAFolderThatAServerHoldsAndOneThatIsNone) {
  EXPECT_EQ(offline_log_segments(data_dir_, disk_).error().code, Code::kNotFound);
  EXPECT_EQ(offline_log_segments(data_dir_ + "/no", disk_).error().code, Code::kNotFound);
  fill();
  const int held = ::open((data_dir_ + "/lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  EXPECT_EQ(offline_log_verify(data_dir_, disk_).error().code, Code::kConflict);
  ::close(held);
  EXPECT_TRUE(offline_log_verify(data_dir_, disk_).ok());
}

}  // namespace
}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#include "server/backup.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>

#include "base/guarded.h"
#include "log/open_log.h"
#include "server/data_folder.h"
#include "store/meta/open_meta_store.h"

namespace mobilake::server {
namespace {

namespace fs = std::filesystem;

/// A data folder with a record, a row of the meta store and an object.
class BackupTest : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/backup_test_XXXXXX";
    root_ = ::mkdtemp(path);
    data_ = root_ + "/data";
    folder_ = *DataFolder::open(data_, base::system_disk(), "1.2.3");
    log_ = open_the_log(data_);
    store::MetaStoreOptions options;
    options.path = folder_->meta_path();
    meta_ = *store::open_meta_store(options, base::system_doors());
    ASSERT_TRUE(
        meta_->transact([](store::MetaTransaction& t) { return t.put("things", "a", "1"); }).ok());
    ASSERT_TRUE(append("first"));
    fs::create_directories(data_ + "/objects/tables");
    std::ofstream(data_ + "/objects/tables/one.parquet") << "PAR1";
  }
  void TearDown() override {
    close();
    fs::remove_all(root_);
  }

  void close() {
    if (log_ != nullptr) {
      EXPECT_TRUE(log_->close().ok());
    }
    log_.reset();
    meta_.reset();
    folder_.reset();
  }

  static std::unique_ptr<log::Log> open_the_log(const std::string& data) {
    log::LogConfig config;
    config.partitions = 4;
    config.writers = 1;
    config.data.segment_size.value = 1 << 20;
    config.system.segment_size.value = 1 << 20;
    return *log::open_log(data + "/log", config, base::system_doors());
  }

  bool append(const std::string& payload) {
    log::RecordBatch batch(log::Family::kData, "vehicle", log::PartitionId(0));
    batch.add({log::RecordView::Kind::kMessage, 0, Timestamp(), "t", "", payload});
    Guarded<std::optional<bool>> durable;
    std::condition_variable changed;
    log_->writer().append(std::move(batch), [&](const Result<log::Offset>& offset) {
      *durable.lock() = offset.ok();
      changed.notify_all();
    });
    auto state = durable.lock();
    state.wait(changed, [](const auto& done) { return done.has_value(); });
    return **state;
  }

  // Opens a restored folder and returns its records' payloads and the value in its meta store.
  static std::string contents(const std::string& data) {
    auto folder = DataFolder::open(data, base::system_disk(), "1.2.3");
    if (!folder.ok()) return folder.error().to_string();
    auto log = open_the_log(data);
    auto reader = log->open_reader(log::Family::kData, {});
    std::string text;
    auto batches = (*reader)->next(1 << 20, std::chrono::milliseconds(0));
    for (const auto& batch : *batches) {
      log::RecordCursor cursor(batch.bytes);
      log::RecordView record;
      while (cursor.next(record))
        text += std::string(record.payload) + " ";
    }
    reader->reset();
    EXPECT_TRUE(log->close().ok());
    store::MetaStoreOptions options;
    options.path = (*folder)->meta_path();
    auto meta = *store::open_meta_store(options, base::system_doors());
    EXPECT_TRUE(meta->read([&](store::MetaTransaction& t) -> Result<> {
                      MOBILAKE_ASSIGN(const auto value, t.get("things", "a"));
                      text += value.value_or("nothing");
                      return {};
                    })
                    .ok());
    std::ifstream object(data + "/objects/tables/one.parquet");
    std::string bytes;
    object >> bytes;
    return text + " " + bytes;
  }

  Code code_of(const Result<CopyFacts>& result) {
    EXPECT_FALSE(result.ok());
    return result.ok() ? Code::kInternal : result.error().code;
  }

  std::string root_;
  std::string data_;
  std::unique_ptr<DataFolder> folder_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<store::MetaStore> meta_;
};

TEST_F(BackupTest, ARestoredBackupHoldsWhatTheServedFolderHeld) {
  const auto made = back_up(data_, root_ + "/copy", *meta_, *log_, base::system_doors());
  ASSERT_TRUE(made.ok()) << made.error().to_string();
  EXPECT_GT(made->files, 4u);
  ASSERT_TRUE(append("second"));  // the server goes on
  const auto restored = restore_backup(root_ + "/copy", root_ + "/again", base::system_doors());
  ASSERT_TRUE(restored.ok()) << restored.error().to_string();
  EXPECT_EQ(restored->files, made->files);
  EXPECT_EQ(contents(root_ + "/again"), "first 1 PAR1");
}

TEST_F(BackupTest, AFolderThatIsServedIsNotCopiedFromOutside) {
  EXPECT_EQ(code_of(back_up_offline(data_, root_ + "/copy", base::system_doors())),
            Code::kConflict);
  close();
  ASSERT_TRUE(back_up_offline(data_, root_ + "/copy", base::system_doors()).ok());
  ASSERT_TRUE(restore_backup(root_ + "/copy", root_ + "/again", base::system_doors()).ok());
  EXPECT_EQ(contents(root_ + "/again"), "first 1 PAR1");
}

TEST_F(BackupTest, RefusesTargetsThatWouldMixOrNest) {
  fs::create_directories(root_ + "/full");
  std::ofstream(root_ + "/full/file") << "x";
  const auto to = [&](const std::string& target) {
    return code_of(back_up(data_, target, *meta_, *log_, base::system_doors()));
  };
  EXPECT_EQ(to(root_ + "/full"), Code::kAlreadyExists);
  EXPECT_EQ(to(data_ + "/copy"), Code::kInvalid);
  EXPECT_EQ(to("copy"), Code::kInvalid);
  ASSERT_TRUE(back_up(data_, root_ + "/copy", *meta_, *log_, base::system_doors()).ok());
  EXPECT_EQ(code_of(restore_backup(root_ + "/copy", root_ + "/full", base::system_doors())),
            Code::kAlreadyExists);
  EXPECT_EQ(code_of(restore_backup(root_ + "/full", root_ + "/new", base::system_doors())),
            Code::kNotFound);
}

TEST_F(BackupTest, ADamagedBackupIsNotRestoredAtAll) {
  ASSERT_TRUE(back_up(data_, root_ + "/copy", *meta_, *log_, base::system_doors()).ok());
  const std::string object = root_ + "/copy/objects/tables/one.parquet";
  std::ofstream(object) << "PAR2";
  EXPECT_EQ(code_of(restore_backup(root_ + "/copy", root_ + "/again", base::system_doors())),
            Code::kCorrupt);
  fs::remove(object);
  EXPECT_EQ(code_of(restore_backup(root_ + "/copy", root_ + "/again", base::system_doors())),
            Code::kCorrupt);
  EXPECT_FALSE(fs::exists(root_ + "/again"));
  std::ofstream(object) << "PAR1";
  EXPECT_TRUE(restore_backup(root_ + "/copy", root_ + "/again", base::system_doors()).ok());
}

}  // namespace
}  // namespace mobilake::server

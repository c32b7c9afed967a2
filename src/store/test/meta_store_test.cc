// SPDX-License-Identifier: Apache-2.0
#include "store/meta/meta_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/random.h"
#include "base/testkit/fault_disk.h"
#include "base/testkit/power_cut_disk.h"
#include "base/testkit/seed_count.h"
#include "base/testkit/simulated_clock.h"
#include "store/meta/open_meta_store.h"
#include "store/test/meta_ledger.h"
#include "store/testkit/fake_meta_store.h"
#include "store/testkit/meta_store_conformance.h"

namespace mobilake::store {
namespace {

using base::DiskCall;
using base::FaultDisk;
using base::PowerCutDisk;

// A folder of the machine's file system that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = testing::TempDir() + "/meta-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<MetaStore> make_fake() {
  return std::make_unique<FakeMetaStore>();
}

// The embedded store on a disk in memory, all of it owned by the store that is handed out.
class StoreOnItsOwnDisk final : public MetaStore {
 public:
  StoreOnItsOwnDisk() : random_(base::seeded_random(1)) {
    auto opened = open_meta_store({.path = "/meta/meta.db"}, {clock_, disk_, *random_});
    EXPECT_TRUE(opened.ok());
    if (opened.ok()) store_ = std::move(opened).value();
  }
  Result<> transact(const Work& work) override { return store_->transact(work); }
  Result<> read(const Work& work) override { return store_->read(work); }
  Result<> backup_to(const std::string& path) override { return store_->backup_to(path); }
  bool opened() const { return store_ != nullptr; }

 private:
  base::SimulatedClock clock_;
  PowerCutDisk disk_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<MetaStore> store_;
};

std::unique_ptr<MetaStore> make_embedded() {
  auto store = std::make_unique<StoreOnItsOwnDisk>();
  if (!store->opened()) return nullptr;
  return store;
}

INSTANTIATE_TEST_SUITE_P(All, MetaStoreConformance,
                         testing::Values(MetaStoreMaker{"fake", make_fake},
                                         MetaStoreMaker{"sqlite", make_embedded}),
                         [](const auto& info) { return info.param.name; });

Result<std::optional<std::string>> value_of(MetaStore& store, std::string_view key) {
  std::optional<std::string> value;
  MOBILAKE_TRY(store.read([&](MetaTransaction& transaction) -> Result<> {
    MOBILAKE_ASSIGN(value, transaction.get("s", key));
    return {};
  }));
  return value;
}

Result<> put_value(MetaStore& store, std::string_view key, std::string_view value) {
  return store.transact(
      [&](MetaTransaction& transaction) { return transaction.put("s", key, value); });
}

TEST(SqliteMetaStoreTest, KeepsEverythingWhenOpenedAgainAndNeedsNoSharedMemoryFile) {
  const Folder folder;
  const MetaStoreOptions options{.path = folder.file("meta/meta.db")};
  {
    auto store = open_meta_store(options, base::system_doors());
    ASSERT_TRUE(store.ok()) << store.error().message;
    ASSERT_TRUE(put_value(**store, "key", "value").ok());
    EXPECT_TRUE(std::filesystem::exists(options.path + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(options.path + "-shm"));
  }
  auto store = open_meta_store(options, base::system_doors());
  ASSERT_TRUE(store.ok()) << store.error().message;
  const auto value = value_of(**store, "key");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value, "value");
}

TEST(SqliteMetaStoreTest, RefusesAFileThatIsNoDatabase) {
  const Folder folder;
  const std::string path = folder.file("meta.db");
  ASSERT_TRUE(base::system_disk().replace_file(path, std::string(8'192, 'x')).ok());
  const auto store = open_meta_store({.path = path}, base::system_doors());
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, Code::kCorrupt);
}

TEST(SqliteMetaStoreTest, RefusesADatabaseOfSomebodyElseAndANewerFormat) {
  const Folder folder;
  const auto run = [](const std::string& path, const char* sql) {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(connection);
  };
  run(folder.file("foreign.db"), "CREATE TABLE theirs(a)");
  const auto foreign = open_meta_store({.path = folder.file("foreign.db")}, base::system_doors());
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().code, Code::kCorrupt);

  const std::string path = folder.file("newer.db");
  ASSERT_TRUE(open_meta_store({.path = path}, base::system_doors()).ok());
  run(path, "PRAGMA user_version=2");
  const auto newer = open_meta_store({.path = path}, base::system_doors());
  ASSERT_FALSE(newer.ok());
  EXPECT_EQ(newer.error().code, Code::kUnsupported);
}

TEST(SqliteMetaStoreTest, BacksUpAConsistentStateWhileOthersWrite) {
  const Folder folder;
  auto store = open_meta_store({.path = folder.file("meta.db")}, base::system_doors());
  ASSERT_TRUE(store.ok()) << store.error().message;
  const std::string filler(100'000, 'x');
  for (int row = 0; row < 100; ++row)
    ASSERT_TRUE(put_value(**store, "row" + std::to_string(row), filler).ok());

  std::atomic<bool> stop{false};
  std::atomic<int> written{0};
  std::thread writer([&] {
    for (int number = 1; !stop; ++number) {
      const std::string text = std::to_string(number);
      const Result<> done = (*store)->transact([&](MetaTransaction& transaction) -> Result<> {
        MOBILAKE_TRY(transaction.put("s", "first", text));
        return transaction.put("s", "second", text);
      });
      EXPECT_TRUE(done.ok());
      written = number;
    }
  });
  while (written == 0)
    std::this_thread::yield();
  const Result<> backed_up = (*store)->backup_to(folder.file("copy.db"));
  stop = true;
  writer.join();
  ASSERT_TRUE(backed_up.ok()) << backed_up.error().message;

  auto copy = open_meta_store({.path = folder.file("copy.db")}, base::system_doors());
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  const auto first = value_of(**copy, "first");
  const auto second = value_of(**copy, "second");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first->has_value());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(*value_of(**copy, "row99"), filler);
}

TEST(SqliteMetaStoreTest, BacksUpToANewFileOnly) {
  const Folder folder;
  auto store = open_meta_store({.path = folder.file("meta.db")}, base::system_doors());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->backup_to(folder.file("copy.db")).ok());
  const Result<> again = (*store)->backup_to(folder.file("copy.db"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kAlreadyExists);
  EXPECT_FALSE(std::filesystem::exists(folder.file("copy.db.partial")));
}

// A store on a disk in memory behind one that fails on demand.
class SqliteMetaStoreFaultTest : public testing::Test {
 protected:
  Result<std::unique_ptr<MetaStore>> open() {
    return open_meta_store({.path = "/meta/meta.db"}, {clock_, faults_, *random_});
  }

  base::SimulatedClock clock_;
  std::unique_ptr<Random> random_ = base::seeded_random(7);
  PowerCutDisk disk_;
  FaultDisk faults_{disk_};
};

TEST_F(SqliteMetaStoreFaultTest, AcknowledgesNothingAfterAFailedSyncAndReadsOn) {
  auto store = open();
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE(put_value(**store, "key", "kept").ok());
  faults_.fail(DiskCall::kSync, 1);
  const Result<> failed = put_value(**store, "key", "lost");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  EXPECT_FALSE(put_value(**store, "key", "later").ok());
  EXPECT_EQ(*value_of(**store, "key"), "kept");
}

TEST_F(SqliteMetaStoreFaultTest, SaysExhaustedOnAFullDiskAndGoesOnWhenThereIsSpace) {
  auto store = open();
  ASSERT_TRUE(store.ok());
  MetaLedger ledger(*random_);
  ASSERT_TRUE(ledger.step(**store).ok());
  faults_.set_free_bytes(64u << 10);
  Result<> done;
  for (int step = 0; step < 1'000 && done.ok(); ++step)
    done = ledger.step(**store);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, Code::kExhausted);
  ledger.verify(**store);
  faults_.heal();
  EXPECT_TRUE(ledger.step(**store).ok());
  ledger.verify(**store);
}

// One run: a fault at the k-th call of a kind, then the power goes, then everything must be there.
void run_with_fault(DiskCall call, std::uint64_t kth) {
  SCOPED_TRACE(testing::Message() << "call kind " << static_cast<int>(call) << ", call " << kth);
  base::SimulatedClock clock;
  const auto random = base::seeded_random(kth);
  PowerCutDisk disk;
  FaultDisk faults(disk);
  const MetaStoreOptions options{.path = "/meta/meta.db"};
  MetaLedger ledger(*random);
  faults.fail(call, kth);
  {
    auto store = open_meta_store(options, {clock, faults, *random});
    if (store.ok()) {
      bool sync_failed = false;
      for (int step = 0; step < 60; ++step) {
        const bool acknowledged = ledger.step(**store).ok();
        EXPECT_FALSE(sync_failed && acknowledged);
        if (!acknowledged && call == DiskCall::kSync) sync_failed = true;
      }
    }
    // Before the store closes, so that closing writes nothing.
    disk.power_off_after(0);
  }
  faults.heal();
  disk.cut(*random);
  auto store = open_meta_store(options, {clock, faults, *random});
  ASSERT_TRUE(store.ok()) << store.error().message;
  ledger.verify(**store);
  EXPECT_TRUE(ledger.step(**store).ok());
  ledger.verify(**store);
}

TEST_F(SqliteMetaStoreFaultTest, KeepsWhatItAcknowledgedWhicheverCallFails) {
  for (const DiskCall call : {DiskCall::kWrite, DiskCall::kSync})
    for (std::uint64_t kth = 1; kth <= 200; ++kth)
      run_with_fault(call, kth);
  for (const DiskCall call : {DiskCall::kOpen, DiskCall::kRead, DiskCall::kTruncate,
                              DiskCall::kRemove, DiskCall::kSyncDirectory})
    for (std::uint64_t kth = 1; kth <= 12; ++kth)
      run_with_fault(call, kth);
}

TEST(SqliteMetaStorePowerCutTest, KeepsWhatItAcknowledgedWheneverThePowerGoes) {
  for (std::uint64_t seed = 1; seed <= base::seed_count(200); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::SimulatedClock clock;
    const auto random = base::seeded_random(seed);
    PowerCutDisk disk;
    const MetaStoreOptions options{.path = "/meta/meta.db"};
    MetaLedger ledger(*random);
    for (int round = 0; round < 4; ++round) {
      disk.power_off_after(random->below(round == 0 ? 60 : 400));
      {
        auto store = open_meta_store(options, {clock, disk, *random});
        while (store.ok() && ledger.step(**store).ok())
          continue;
      }
      disk.cut(*random);
      auto store = open_meta_store(options, {clock, disk, *random});
      ASSERT_TRUE(store.ok()) << store.error().message;
      ledger.verify(**store);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(ledger.number(), 0u);
  }
}

}  // namespace
}  // namespace mobilake::store

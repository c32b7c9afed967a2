// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catalog/commit.h"
#include "catalog/test/small_lake.h"

namespace mobilake::catalog {
namespace {

using Json = nlohmann::json;

CatalogConfig small_bounds() {
  CatalogConfig config;
  config.snapshots_kept = 5;
  config.manifests_max = 8;
  config.metadata_files_kept = 3;
  return config;
}

class TableMaintenanceTest : public testing::Test {
 protected:
  void SetUp() override { table_ = *lake_.committer().ensure_table(small_table()); }

  Json metadata(const TableState& table) {
    return Json::parse(*lake_.objects().get(table.metadata_key));
  }

  /// Replaces all live files by one.
  TableState merge_all() {
    const auto keys = lake_.live_keys(table_.name);
    const std::int64_t rows = lake_.committer().load(table_.name)->row_count;
    const auto done =
        lake_.committer().commit({.changes = {{.table = table_.name,
                                               .added = {lake_.put_file(table_, rows)},
                                               .removed_keys = keys}}});
    EXPECT_TRUE(done.ok()) << done.error().message;
    return done->tables.front();
  }

  SmallLake lake_{small_bounds()};
  TableState table_;
};

TEST_F(TableMaintenanceTest, KeepsBoundsAtEveryCommit) {
  TableState now = table_;
  for (int commit = 0; commit < 60; ++commit) {
    now = lake_.append(table_);
    const Json json = metadata(now);
    ASSERT_LE(json["snapshots"].size(), 5u);
    ASSERT_EQ(json["snapshot-log"].size(), json["snapshots"].size());
    ASSERT_LE(json["metadata-log"].size(), 3u);
  }
  EXPECT_EQ(lake_.live_keys(table_.name).size(), 60u);
  EXPECT_EQ(now.row_count, 60);
  EXPECT_EQ(lake_.objects_ending(".metadata.json"), 4u);
  const auto keys = lake_.objects().keys();
  EXPECT_EQ(std::count_if(keys.begin(), keys.end(),
                          [](const auto& key) { return key.find("/snap-") != key.npos; }),
            5);
  // Of each snapshot at most as many manifests as are allowed, and most of them are shared.
  EXPECT_LE(lake_.objects_ending("-m.avro"), 8u + 2 * 5);
}

TEST_F(TableMaintenanceTest, StatesAndFilesAreTheSameAfterARestart) {
  for (int commit = 0; commit < 37; ++commit)
    lake_.append(table_);
  const auto before = lake_.live_keys(table_.name);
  const TableState state = *lake_.committer().load(table_.name);
  lake_.open();
  EXPECT_EQ(lake_.live_keys(table_.name), before);
  const TableState after = *lake_.committer().load(table_.name);
  EXPECT_EQ(after.metadata_key, state.metadata_key);
  EXPECT_EQ(after.row_count, state.row_count);
  EXPECT_EQ(after.snapshot->summary, state.snapshot->summary);
  EXPECT_EQ(lake_.append(table_).row_count, 38);
  EXPECT_EQ(lake_.live_keys(table_.name).size(), 38u);
}

TEST_F(TableMaintenanceTest, WritesTheSameMetadataAfterARestart) {
  for (int commit = 0; commit < 4; ++commit)
    lake_.append(table_);
  const Json before = metadata(lake_.append(table_));
  lake_.open();
  const Json after = metadata(lake_.append(table_));
  EXPECT_EQ(after["schemas"], before["schemas"]);
  EXPECT_EQ(after["properties"], before["properties"]);
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_EQ(after["snapshots"][i - 1], before["snapshots"][i]);
}

TEST_F(TableMaintenanceTest, DeletesReplacedFilesWhenTheirSnapshotsExpire) {
  for (int commit = 0; commit < 4; ++commit)
    lake_.append(table_);
  const auto replaced = lake_.live_keys(table_.name);
  merge_all();
  for (int commit = 0; commit < 3; ++commit) {
    lake_.append(table_);
    for (const std::string& key : replaced)
      ASSERT_TRUE(lake_.has(key)) << "a snapshot that is kept reads it";
  }
  lake_.append(table_);
  for (const std::string& key : replaced)
    EXPECT_FALSE(lake_.has(key));
  EXPECT_EQ(lake_.objects_ending(".parquet"), 5u);
}

TEST_F(TableMaintenanceTest, EverySnapshotThatIsKeptCanBeRead) {
  for (int commit = 0; commit < 40; ++commit) {
    if (commit % 7 == 6)
      merge_all();
    else
      lake_.append(table_);
    const Json json = metadata(*lake_.committer().load(table_.name));
    for (const Json& snapshot : json["snapshots"]) {
      const auto key = lake_.objects().key_of(snapshot["manifest-list"].get<std::string>());
      ASSERT_TRUE(lake_.has(*key)) << "commit " << commit;
    }
    for (const std::string& key : lake_.live_keys(table_.name))
      ASSERT_TRUE(lake_.has(key)) << "commit " << commit;
  }
}

TEST_F(TableMaintenanceTest, KeepsFilesWhileAQueryReadsThem) {
  for (int commit = 0; commit < 4; ++commit)
    lake_.append(table_);
  auto plan = lake_.committer().plan(table_.name);
  merge_all();
  for (int commit = 0; commit < 10; ++commit)
    lake_.append(table_);
  for (const PlannedFile& planned : plan->files)
    EXPECT_TRUE(lake_.has(planned.file.key));
  EXPECT_GT(lake_.garbage_rows(), 4u);
  auto later = lake_.committer().plan(table_.name);
  plan->lease.reset();
  for (const PlannedFile& planned : plan->files)
    EXPECT_FALSE(lake_.has(planned.file.key));
  for (const PlannedFile& planned : later->files)
    EXPECT_TRUE(lake_.has(planned.file.key));
}

TEST_F(TableMaintenanceTest, DeletesAfterARestartWhatAnOlderRunLeft) {
  for (int commit = 0; commit < 4; ++commit)
    lake_.append(table_);
  const auto plan = lake_.committer().plan(table_.name);
  merge_all();
  for (int commit = 0; commit < 6; ++commit)
    lake_.append(table_);
  const auto rows = lake_.meta().snapshot().at("garbage");
  EXPECT_GT(rows.size(), 4u);
  // A second catalog over the same stores, as after a crash that ended no lease.
  base::SimulatedClock clock;
  const auto random = base::seeded_random(2);
  const auto again = open_catalog(small_bounds(), {clock, base::system_disk(), *random},
                                  lake_.meta(), lake_.objects());
  ASSERT_TRUE(again.ok());
  for (const auto& [key, row] : rows)
    EXPECT_FALSE(lake_.has(key)) << key;
  EXPECT_EQ(lake_.garbage_rows(), 0u);
  EXPECT_EQ((*again)->committer().plan(table_.name)->files.size(), 7u);
}

TEST_F(TableMaintenanceTest, RowsOfGarbageDoNotPileUp) {
  for (int commit = 0; commit < 50; ++commit)
    lake_.append(table_);
  // A row lives until the transaction after the one that deleted its object.
  EXPECT_LE(lake_.garbage_rows(), 12u);
}

TEST_F(TableMaintenanceTest, AnOldSnapshotThatCannotBeReadBlocksNoCommit) {
  TableState now = table_;
  for (int commit = 0; commit < 5; ++commit)
    now = lake_.append(table_);
  const Json oldest = metadata(now)["snapshots"][0];
  const auto key = *lake_.objects().key_of(oldest["manifest-list"].get<std::string>());
  ASSERT_TRUE(lake_.objects().remove(key).ok());
  ASSERT_TRUE(lake_.objects().put(key, "damaged").ok());
  lake_.open();
  const std::size_t manifests = lake_.objects_ending("-m.avro");
  lake_.append(table_);
  EXPECT_EQ(lake_.objects_ending("-m.avro"), manifests + 1) << "nothing goes by its word";
  EXPECT_EQ(lake_.live_keys(table_.name).size(), 6u);
}

TEST_F(TableMaintenanceTest, RefusesADamagedManifestByName) {
  lake_.append(table_);
  for (const std::string& key : lake_.objects().keys()) {
    if (!key.ends_with("-m.avro")) continue;
    std::string bytes = *lake_.objects().get(key);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
    ASSERT_TRUE(lake_.objects().remove(key).ok());
    ASSERT_TRUE(lake_.objects().put(key, bytes.substr(0, bytes.size() - 20)).ok());
  }
  lake_.open();
  const auto plan = lake_.committer().plan(table_.name);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mobilake::catalog

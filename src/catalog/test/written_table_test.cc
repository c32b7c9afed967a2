// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/doors.h"
#include "catalog/open_catalog.h"
#include "formats/parquet_file.h"
#include "store/meta/open_meta_store.h"
#include "store/objects/open_object_store.h"

namespace mobilake::catalog {
namespace {

using Kind = formats::ColumnType::Kind;
using formats::ColumnBatch;

constexpr std::int64_t kDayMicros = 86'400'000'000;
constexpr std::int64_t kFirstDay = 20'500;
constexpr std::size_t kRowsPerFile = 1'000;

/// One column of every type.
TableSchema every_type() {
  const auto column = [](int id, const char* name, formats::ColumnType type, bool required = false,
                         int key_id = 0, int value_id = 0) {
    return TableColumn{{id, name, type, required, key_id, value_id}, "", "", ""};
  };
  TableSchema schema;
  schema.columns = {
      column(1, "vehicle_id", {Kind::kString}, true),
      column(2, "ts", {Kind::kTimestamp}, true),
      column(3, "seq", {Kind::kLong}),
      column(4, "is_moving", {Kind::kBoolean}),
      column(5, "gear", {Kind::kInt}),
      column(6, "speed", {Kind::kDecimal, 6, 2}),
      column(7, "odometer", {Kind::kDecimal, 15, 3}),
      column(8, "load", {Kind::kDouble}),
      column(9, "frame", {Kind::kBinary}),
      column(10, "warnings", {Kind::kTextList}, false, 12),
      column(11, "extra", {Kind::kTextMap}, false, 13, 14),
  };
  schema.columns[5].unit = "km/h";
  schema.columns[5].vss_path = "Vehicle.Speed";
  schema.columns[0].doc = "the vehicle's own \"id\"";
  return schema;
}

/// Rows of one day; row i of day d is known from its numbers, so readers can check each.
ColumnBatch rows_of_day(const TableSchema& schema, std::int64_t day) {
  ColumnBatch batch(schema.fields());
  for (std::size_t row = 0; row < kRowsPerFile; ++row) {
    const auto number = static_cast<std::int64_t>(row);
    batch.append_coded(0, "vehicle-" + std::to_string(row / 100));
    batch.column(1).append_integer((kFirstDay + day) * kDayMicros + number * 1'000'000);
    batch.column(2).append_integer(day * 1'000 + number);
    batch.column(3).append_integer(number % 2);
    if (row % 10 == 0)
      batch.column(4).append_null();
    else
      batch.column(4).append_integer(number % 7 - 1);
    batch.column(5).append_integer(number * 25 - 1'000);
    batch.column(6).append_integer(number * 1'000'003);
    batch.column(7).append_double(static_cast<double>(number) / 8);
    batch.column(8).append_text(std::string(1, static_cast<char>(row % 256)));
    for (std::size_t i = 0; i < row % 3; ++i)
      batch.column(9).texts.append("warning " + std::to_string(i));
    batch.column(9).end_entries();
    batch.column(10).texts.append("key");
    batch.column(10).values.append(std::to_string(row));
    batch.column(10).end_entries();
  }
  return batch;
}

NewTable new_table() {
  NewTable table{.name = {"vehicle", "telemetry", "every_type"}, .schema = every_type()};
  table.partition_spec = {0, 2, "ts_day"};
  table.sort_order = {1, {1, 2}};
  table.properties = {{"owner", "vehicle"}};
  return table;
}

/// The real stores in a folder, and a catalog over them.
struct Lake {
  std::unique_ptr<store::MetaStore> meta;
  std::unique_ptr<store::ObjectStore> objects;
  std::unique_ptr<OpenCatalog> catalog;
};

Lake open_lake(const std::string& folder) {
  const Doors doors = base::system_doors();
  Lake lake;
  lake.meta = *store::open_meta_store({.path = folder + "/meta/meta.db"}, doors);
  lake.objects = *store::open_local_object_store(folder + "/objects", doors.disk, doors.random);
  lake.catalog = *open_catalog({}, doors, *lake.meta, *lake.objects);
  return lake;
}

DataFile put_day(Lake& lake, const TableState& table, std::int64_t day, const std::string& unique) {
  const auto file = formats::write_parquet(rows_of_day(table.schema, day), {.sorted_by = {0, 1}});
  EXPECT_TRUE(file.ok());
  const auto partition = static_cast<std::int32_t>(kFirstDay + day);
  const std::string key = data_file_key(table, partition, unique);
  EXPECT_TRUE(lake.objects->put(key, file->bytes).ok());
  return data_file_of(*file, key, partition);
}

/// Days 0 to 5, one a commit; then day 0 is merged into another file.
TableState write_days(Lake& lake) {
  TableCommitter& committer = lake.catalog->committer();
  const TableState table = *committer.ensure_table(new_table());
  std::string first;
  for (std::int64_t day = 0; day < 6; ++day) {
    const DataFile file = put_day(lake, table, day, "part-" + std::to_string(day));
    if (day == 0) first = file.key;
    const auto done = committer.commit({.changes = {{table.name, {file}, {}, {}}}});
    EXPECT_TRUE(done.ok()) << done.error().message;
  }
  const DataFile merged = put_day(lake, table, 0, "merged-0");
  const auto done = committer.commit({.changes = {{table.name, {merged}, {first}, {}}}});
  EXPECT_TRUE(done.ok()) << done.error().message;
  return done->tables.front();
}

/// A folder that goes with the test, or the one named by the environment, for foreign readers.
class WrittenTableTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* named = std::getenv("MOBILAKE_TABLE_FOLDER")) {
      folder_ = named;
      return;
    }
    std::string made = testing::TempDir() + "written-table-XXXXXX";
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    folder_ = removed_ = made;
  }
  void TearDown() override {
    if (!removed_.empty()) std::filesystem::remove_all(removed_);
  }

  std::string folder_;
  std::string removed_;
};

TEST_F(WrittenTableTest, IsReadBackAfterARestart) {
  TableState written;
  {
    Lake lake = open_lake(folder_);
    written = write_days(lake);
    std::printf("metadata: %s\n", written.metadata_location.c_str());
  }
  Lake lake = open_lake(folder_);
  const auto plan = lake.catalog->committer().plan(written.name);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  EXPECT_EQ(plan->table.metadata_key, written.metadata_key);
  EXPECT_EQ(plan->table.schema, every_type());
  EXPECT_EQ(plan->table.row_count, 6'000);
  EXPECT_EQ(plan->table.file_count, 6);
  ASSERT_EQ(plan->files.size(), 6u);
  for (const PlannedFile& planned : plan->files) {
    const auto bytes = lake.objects->get(planned.file.key);
    ASSERT_TRUE(bytes.ok());
    EXPECT_EQ(static_cast<std::int64_t>(bytes->size()), planned.file.size_bytes);
    const auto rows = formats::read_parquet(*bytes, every_type().fields());
    ASSERT_TRUE(rows.ok()) << rows.error().message;
    EXPECT_EQ(rows->row_count(), kRowsPerFile);
  }
}

}  // namespace
}  // namespace mobilake::catalog

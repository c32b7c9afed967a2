// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/testkit/simulated_clock.h"
#include "catalog/open_catalog.h"
#include "store/testkit/fake_meta_store.h"
#include "store/testkit/fake_object_store.h"

namespace mobilake::catalog {

/// Returns a table of three columns by day, whose files hold no Parquet in most tests.
inline NewTable small_table(const std::string& table = "signals") {
  NewTable made{.name = {"vehicle", "telemetry", table}, .schema = {}};
  using Kind = formats::ColumnType::Kind;
  made.schema.columns = {
      {{1, "vehicle_id", {Kind::kString, 0, 0}, true, 0, 0}, "", "", ""},
      {{2, "ts", {Kind::kTimestamp, 0, 0}, true, 0, 0}, "", "", ""},
      {{3, "speed", {Kind::kDecimal, 6, 2}, false, 0, 0}, "", "km/h", "Vehicle.Speed"},
  };
  made.partition_spec = {0, 2, "ts_day"};
  made.sort_order = {1, {1, 2}};
  return made;
}

/// Returns what a manifest says of a file with that many rows.
inline DataFile data_file(std::string key, std::int64_t rows, std::int32_t day = 20'500) {
  DataFile file;
  file.key = std::move(key);
  file.row_count = rows;
  file.size_bytes = rows * 10;
  file.day = day;
  file.split_offsets = {4};
  file.columns.push_back({.field_id = 1,
                          .size_bytes = 40,
                          .value_count = rows,
                          .null_count = 0,
                          .lower = formats::BoundValue(std::string("a")),
                          .upper = formats::BoundValue(std::string("b"))});
  file.columns.push_back({.field_id = 2,
                          .size_bytes = 40,
                          .value_count = rows,
                          .null_count = 0,
                          .lower = formats::BoundValue(std::int64_t{-1}),
                          .upper = formats::BoundValue(std::int64_t{1'000'000})});
  file.columns.push_back({.field_id = 3,
                          .size_bytes = 40,
                          .value_count = rows,
                          .null_count = 1,
                          .lower = formats::BoundValue(std::int64_t{-129}),
                          .upper = formats::BoundValue(std::int64_t{128})});
  return file;
}

/// A catalog over fakes, which outlive it: open() again is a restart.
class SmallLake {
 public:
  explicit SmallLake(CatalogConfig config = {}) : config_(config) { open(); }

  void open() {
    catalog_.reset();
    auto opened = open_catalog(config_, {clock_, base::system_disk(), *random_}, meta_, objects_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    catalog_ = *std::move(opened);
  }

  TableCommitter& committer() { return catalog_->committer(); }
  Catalog& catalog() { return catalog_->catalog(); }

  /// Stores an object in place of a data file and returns the file.
  DataFile put_file(const TableState& table, std::int64_t rows, std::int32_t day = 20'500) {
    DataFile file =
        data_file(data_file_key(table, day, "file-" + std::to_string(++files_)), rows, day);
    EXPECT_TRUE(objects_.put(file.key, "rows").ok());
    return file;
  }

  /// Appends one file in one commit.
  TableState append(const TableState& table, std::int64_t rows = 1) {
    const auto done =
        committer().commit({.changes = {{.table = table.name, .added = {put_file(table, rows)}}}});
    EXPECT_TRUE(done.ok()) << done.error().message;
    return done.ok() ? done->tables.front() : table;
  }

  std::vector<std::string> live_keys(const model::TableName& name) {
    auto plan = committer().plan(name);
    EXPECT_TRUE(plan.ok()) << plan.error().message;
    std::vector<std::string> keys;
    if (!plan.ok()) return keys;
    for (const PlannedFile& planned : plan->files)
      keys.push_back(planned.file.key);
    std::sort(keys.begin(), keys.end());
    return keys;
  }

  /// Returns the objects whose key ends so.
  std::size_t objects_ending(std::string_view ending) {
    const auto keys = objects_.keys();
    return static_cast<std::size_t>(std::count_if(
        keys.begin(), keys.end(), [&](const std::string& key) { return key.ends_with(ending); }));
  }

  bool has(const std::string& key) { return objects_.size(key).ok(); }

  store::FakeMetaStore& meta() { return meta_; }
  store::FakeObjectStore& objects() { return objects_; }
  base::SimulatedClock& clock() { return clock_; }
  std::size_t garbage_rows() {
    const auto spaces = meta_.snapshot();
    const auto found = spaces.find("garbage");
    return found == spaces.end() ? 0 : found->second.size();
  }

 private:
  CatalogConfig config_;
  base::SimulatedClock clock_;
  std::unique_ptr<base::Random> random_ = base::seeded_random(1);
  store::FakeMetaStore meta_;
  store::FakeObjectStore objects_;
  std::unique_ptr<OpenCatalog> catalog_;
  int files_ = 0;
};

}  // namespace mobilake::catalog

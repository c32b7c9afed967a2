// SPDX-License-Identifier: Apache-2.0
// What a commit of one small file costs, and a plan, on the machine's disk and in memory, with the
// history that a table has after so many commits.
//
// commit_bench --benchmark_repetitions=5; TMPDIR names the folder (and so the disk).
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/doors.h"
#include "catalog/open_catalog.h"
#include "store/meta/open_meta_store.h"
#include "store/objects/open_object_store.h"
#include "store/testkit/fake_meta_store.h"
#include "store/testkit/fake_object_store.h"

namespace mobilake::catalog {
namespace {

constexpr int kMergeEvery = 50;

/// A table over stores of one kind, and the folder that ends with it.
class BenchLake {
 public:
  explicit BenchLake(bool on_disk) {
    const Doors doors = base::system_doors();
    if (on_disk) {
      const char* const root = std::getenv("TMPDIR");
      folder_ = std::string(root == nullptr ? "/tmp" : root) + "/commit-bench-XXXXXX";
      if (::mkdtemp(folder_.data()) == nullptr) std::abort();
      meta_ = *store::open_meta_store({.path = folder_ + "/meta/meta.db"}, doors);
      objects_ = *store::open_local_object_store(folder_ + "/objects", doors.disk, doors.random);
    } else {
      meta_ = std::make_unique<store::FakeMetaStore>();
      objects_ = std::make_unique<store::FakeObjectStore>();
    }
    catalog_ = *open_catalog({}, doors, *meta_, *objects_);
    NewTable table{.name = {"vehicle", "telemetry", "signals"}, .schema = {}};
    for (int id = 1; id <= 25; ++id) {
      TableColumn column;
      column.field.id = id;
      column.field.name = "column_" + std::to_string(id);
      column.field.type.kind =
          id == 1 ? formats::ColumnType::Kind::kTimestamp : formats::ColumnType::Kind::kLong;
      table.schema.columns.push_back(std::move(column));
    }
    table.partition_spec = {0, 1, "ts_day"};
    table_ = *catalog_->committer().ensure_table(table);
  }
  ~BenchLake() {
    catalog_.reset();
    objects_.reset();
    meta_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  BenchLake(const BenchLake&) = delete;
  BenchLake& operator=(const BenchLake&) = delete;

  bool commit() {
    const int number = ++commits_;
    DataFile file;
    file.key = data_file_key(table_, 20'500, "f" + std::to_string(number));
    file.row_count = 1;
    file.size_bytes = 1'000;
    file.day = 20'500;
    for (int id = 1; id <= 25; ++id)
      file.columns.push_back({.field_id = id,
                              .size_bytes = 40,
                              .value_count = 1,
                              .null_count = 0,
                              .lower = formats::BoundValue(std::int64_t{number}),
                              .upper = formats::BoundValue(std::int64_t{number})});
    TableChange change{.table = table_.name, .added = {file}};
    if (number % kMergeEvery == 0) change.removed_keys = std::exchange(live_, {});
    live_.push_back(file.key);
    return catalog_->committer().commit({.changes = {std::move(change)}}).ok();
  }

  std::size_t plan() {
    const auto plan = catalog_->committer().plan(table_.name);
    return plan.ok() ? plan->files.size() : 0;
  }

 private:
  std::string folder_;
  std::unique_ptr<store::MetaStore> meta_;
  std::unique_ptr<store::ObjectStore> objects_;
  std::unique_ptr<OpenCatalog> catalog_;
  TableState table_;
  std::vector<std::string> live_;
  int commits_ = 0;
};

/// Arguments: whether on disk, and how many commits the table has behind it.
void BM_Commit(benchmark::State& state) {
  BenchLake lake(state.range(0) != 0);
  for (std::int64_t i = 0; i < state.range(1); ++i)
    if (!lake.commit()) state.SkipWithError("a commit failed");
  for (auto _ : state)
    if (!lake.commit()) state.SkipWithError("a commit failed");
}
BENCHMARK(BM_Commit)
    ->ArgNames({"disk", "commits"})
    ->Args({0, 100})
    ->Args({0, 10'000})
    ->Args({1, 100})
    ->Args({1, 2'000})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

void BM_Plan(benchmark::State& state) {
  BenchLake lake(false);
  for (std::int64_t i = 0; i < state.range(0); ++i)
    if (!lake.commit()) state.SkipWithError("a commit failed");
  std::size_t files = 0;
  for (auto _ : state)
    files += lake.plan();
  benchmark::DoNotOptimize(files);
}
BENCHMARK(BM_Plan)->ArgNames({"commits"})->Arg(120)->Arg(10'020)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mobilake::catalog

BENCHMARK_MAIN();

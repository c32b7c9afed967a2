// SPDX-License-Identifier: Apache-2.0
// A day of commits to one table on the machine's disk, beside a young table in the same minutes.
//
// commit_day_bench COMMITS; TMPDIR names the folder (and so the disk). Prints one JSON object a
// round: the old table after all its commits and a young one at its hundredth take turns, so that
// both meet the same disk. Small files are merged by levels of sixteen, as small_file_merge does; a
// merge is a commit. Data files are named and not written: their bytes are not the catalog's.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
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

namespace mobilake::catalog {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 5;
constexpr int kYoungCommits = 100;
constexpr int kMeasured = 200;
constexpr std::size_t kMergeFiles = 16;
constexpr int kColumns = 25;
constexpr std::int32_t kDay = 20'500;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double quantile(std::vector<double>& spans, double part) {
  std::sort(spans.begin(), spans.end());
  return spans[static_cast<std::size_t>(part * static_cast<double>(spans.size() - 1))];
}

NewTable wide_table() {
  NewTable table{.name = {"vehicle", "telemetry", "signals"}, .schema = {}};
  for (int id = 1; id <= kColumns; ++id) {
    TableColumn column;
    column.field.id = id;
    column.field.name = fmt::format("column_{}", id);
    column.field.type.kind =
        id == 1 ? formats::ColumnType::Kind::kTimestamp : formats::ColumnType::Kind::kLong;
    table.schema.columns.push_back(std::move(column));
  }
  table.partition_spec = {0, 1, "ts_day"};
  return table;
}

/// A table of its own on the real stores, and the folder that ends with it.
class DayTable {
 public:
  DayTable() {
    const char* const root = std::getenv("TMPDIR");
    folder_ = std::string(root == nullptr ? "/tmp" : root) + "/commit-day-XXXXXX";
    if (::mkdtemp(folder_.data()) == nullptr) std::abort();
    const Doors doors = base::system_doors();
    meta_ = *store::open_meta_store({.path = folder_ + "/meta/meta.db"}, doors);
    objects_ = *store::open_local_object_store(folder_ + "/objects", doors.disk, doors.random);
    catalog_ = *open_catalog({}, doors, *meta_, *objects_);
    table_ = *catalog_->committer().ensure_table(wide_table());
  }
  ~DayTable() {
    catalog_.reset();
    objects_.reset();
    meta_.reset();
    std::filesystem::remove_all(folder_);
  }
  DayTable(const DayTable&) = delete;
  DayTable& operator=(const DayTable&) = delete;

  /// Adds one file, or merges when a level is full; returns the milliseconds that it took.
  double commit() {
    ++commits_;
    std::size_t level = 0;
    for (std::size_t full = 0; full < levels_.size(); ++full)
      if (levels_[full].size() >= kMergeFiles) level = full + 1;
    levels_.resize(std::max(levels_.size(), level + 1));
    TableChange change{.table = table_.name, .added = {next_file()}};
    if (level > 0) change.removed_keys = std::exchange(levels_[level - 1], {});
    levels_[level].push_back(change.added[0].key);
    const auto begin = Clock::now();
    const auto done = catalog_->committer().commit({.changes = {std::move(change)}});
    const double span = milliseconds_since(begin);
    if (!done.ok()) fail(done.error());
    return span;
  }

  /// Plans the current snapshot; returns the milliseconds that it took.
  double plan() {
    std::size_t live = 0;
    for (const auto& level : levels_)
      live += level.size();
    const auto begin = Clock::now();
    const auto plan = catalog_->committer().plan(table_.name);
    const double span = milliseconds_since(begin);
    if (!plan.ok()) fail(plan.error());
    if (plan->files.size() != live) fail(internal("{} files of {}", plan->files.size(), live));
    return span;
  }

  std::uint64_t metadata_bytes() {
    const auto state = catalog_->committer().load(table_.name);
    return state.ok() ? objects_->size(state->metadata_key).value_or(0) : 0;
  }

 private:
  [[noreturn]] static void fail(const Error& error) {
    std::fprintf(stderr, "%s\n", error.to_string().c_str());
    std::exit(1);
  }

  DataFile next_file() {
    DataFile file;
    file.key = data_file_key(table_, kDay, fmt::format("f{}", commits_));
    file.row_count = 1;
    file.size_bytes = 1'000;
    file.day = kDay;
    for (int id = 1; id <= kColumns; ++id)
      file.columns.push_back({.field_id = id,
                              .size_bytes = 40,
                              .value_count = 1,
                              .null_count = 0,
                              .lower = formats::BoundValue(std::int64_t{commits_}),
                              .upper = formats::BoundValue(std::int64_t{commits_})});
    return file;
  }

  std::string folder_;
  std::unique_ptr<store::MetaStore> meta_;
  std::unique_ptr<store::ObjectStore> objects_;
  std::unique_ptr<OpenCatalog> catalog_;
  TableState table_;
  std::vector<std::vector<std::string>> levels_;  // live files by how often they were merged
  int commits_ = 0;
};

struct Costs {
  std::vector<double> commits;
  std::vector<double> plans;
};

Costs measure(DayTable& table) {
  Costs costs;
  for (int i = 0; i < kMeasured; ++i) {
    costs.commits.push_back(table.commit());
    costs.plans.push_back(table.plan());
  }
  return costs;
}

void run(int commits) {
  DayTable old;
  const auto begin = Clock::now();
  for (int i = 0; i < commits; ++i)
    old.commit();
  const double rate = 1e3 * commits / milliseconds_since(begin);
  for (int round = 0; round < kRounds; ++round) {
    DayTable young;
    for (int i = 0; i < kYoungCommits; ++i)
      young.commit();
    Costs at_100 = measure(young);
    Costs at_end = measure(old);
    std::puts(fmt::format(R"({{"commits":{},"per_s":{:.0f},"metadata_bytes":{},)"
                          R"("young_commit_p99_ms":{:.3f},"old_commit_p99_ms":{:.3f},)"
                          R"("young_commit_p50_ms":{:.3f},"old_commit_p50_ms":{:.3f},)"
                          R"("young_plan_p99_ms":{:.4f},"old_plan_p99_ms":{:.4f},)"
                          R"("young_plan_p50_ms":{:.4f},"old_plan_p50_ms":{:.4f}}})",
                          commits, rate, old.metadata_bytes(), quantile(at_100.commits, 0.99),
                          quantile(at_end.commits, 0.99), quantile(at_100.commits, 0.5),
                          quantile(at_end.commits, 0.5), quantile(at_100.plans, 0.99),
                          quantile(at_end.plans, 0.99), quantile(at_100.plans, 0.5),
                          quantile(at_end.plans, 0.5))
                  .c_str());
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace mobilake::catalog

int main(int count, char** words) {
  const int commits = count == 2 ? std::atoi(words[1]) : 0;
  if (commits < 1) {
    std::fprintf(stderr, "usage: commit_day_bench COMMITS\n");
    return 2;
  }
  mobilake::catalog::run(commits);
}

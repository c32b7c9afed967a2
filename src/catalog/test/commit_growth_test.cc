// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "catalog/commit.h"
#include "catalog/test/small_lake.h"

namespace mobilake::catalog {
namespace {

constexpr int kCommits = 10'000;
constexpr int kCommitsWithoutMerges = 3'000;
constexpr std::size_t kWindow = 400;
// How often a table's small files are merged, as its maintenance would.
constexpr int kMergeEvery = 50;

/// Returns the thread's own processor time, which other programs do not disturb.
double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <typename Work>
double cost_of(Work work) {
  const double before = cpu_us();
  work();
  return cpu_us() - before;
}

double quantile(std::vector<double> costs, double part) {
  std::sort(costs.begin(), costs.end());
  return costs[static_cast<std::size_t>(part * static_cast<double>(costs.size() - 1))];
}

/// The costs of a run's commits and plans, in order.
struct Costs {
  std::vector<double> commits;
  std::vector<double> plans;

  static std::vector<double> first(const std::vector<double>& all) {
    return {all.begin() + 100, all.begin() + 100 + kWindow};
  }
  static std::vector<double> last(const std::vector<double>& all) {
    return {all.end() - kWindow, all.end()};
  }
};

/// Commits one file each time; every so often the live ones become one, if `merges`.
Costs run(SmallLake& lake, const TableState& table, int commits, bool merges) {
  Costs costs;
  std::vector<std::string> live;
  for (int commit = 1; commit <= commits; ++commit) {
    TableChange change{.table = table.name};
    std::int64_t rows = 1;
    const std::string key = data_file_key(table, 20'500, "f" + std::to_string(commit));
    if (merges && commit % kMergeEvery == 0) {
      rows += commit - 1;
      change.removed_keys = std::exchange(live, {});
    }
    live.push_back(key);
    change.added = {data_file(key, rows)};
    costs.commits.push_back(cost_of([&] {
      const auto done = lake.committer().commit({.changes = {change}});
      ASSERT_TRUE(done.ok()) << done.error().message;
    }));
    if (!merges && commit % 500 != 0) continue;
    costs.plans.push_back(cost_of([&] {
      const auto plan = lake.committer().plan(table.name);
      ASSERT_TRUE(plan.ok());
      ASSERT_EQ(plan->files.size(), live.size());
    }));
  }
  return costs;
}

TEST(CommitGrowthTest, TheTenThousandthCommitCostsNoMoreThanTwiceTheHundredth) {
  SmallLake lake;
  const TableState table = *lake.committer().ensure_table(small_table());
  const Costs costs = run(lake, table, kCommits, true);
  for (const double part : {0.5, 0.99}) {
    const double first = quantile(Costs::first(costs.commits), part);
    const double last = quantile(Costs::last(costs.commits), part);
    EXPECT_LE(last, 2 * first) << "commit, quantile " << part << ", us";
    std::printf("commit q%.2f: %.0f us -> %.0f us\n", part, first, last);
  }
  const double first = quantile(Costs::first(costs.plans), 0.5);
  const double last = quantile(Costs::last(costs.plans), 0.5);
  EXPECT_LE(last, 2 * first) << "planning, us";
  std::printf("plan median: %.0f us -> %.0f us\n", first, last);
  const TableState state = *lake.committer().load(table.name);
  EXPECT_EQ(state.row_count, kCommits);
  EXPECT_LT(*lake.objects().size(state.metadata_key), 2u << 20);
  std::printf("metadata: %zu bytes, objects: %zu\n",
              static_cast<std::size_t>(*lake.objects().size(state.metadata_key)),
              lake.objects().keys().size());
  EXPECT_LE(lake.garbage_rows(), 200u);
}

TEST(CommitGrowthTest, FilesThatAreNeverMergedSlowNoCommitDown) {
  SmallLake lake;
  const TableState table = *lake.committer().ensure_table(small_table());
  const Costs costs = run(lake, table, kCommitsWithoutMerges, false);
  const double first = quantile(Costs::first(costs.commits), 0.5);
  const double last = quantile(Costs::last(costs.commits), 0.5);
  EXPECT_LE(last, 2 * first) << "commit, us";
  std::printf("commit median: %.0f us -> %.0f us\n", first, last);
  const TableState state = *lake.committer().load(table.name);
  EXPECT_EQ(state.file_count, kCommitsWithoutMerges);
  EXPECT_LT(*lake.objects().size(state.metadata_key), 2u << 20);
  lake.open();
  EXPECT_EQ(lake.live_keys(table.name).size(), static_cast<std::size_t>(kCommitsWithoutMerges));
}

}  // namespace
}  // namespace mobilake::catalog

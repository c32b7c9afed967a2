// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/random.h"
#include "base/testkit/simulated_clock.h"
#include "catalog/open_catalog.h"
#include "catalog/test/small_lake.h"
#include "store/meta/open_meta_store.h"
#include "store/objects/open_object_store.h"

namespace mobilake::catalog {

/// The real stores over a disk that fails, with a table and a consumer, and what must be true of
/// them whatever failed: the pointer names a state that can be read whole, and the consumer stands
/// where the rows say.
class CommitLedger {
 public:
  CommitLedger(Disk& disk, std::uint64_t seed)
      : disk_(disk), random_(base::seeded_random(seed)), choices_(base::seeded_random(seed + 1)) {
    config_.snapshots_kept = 4;
    config_.manifests_max = 6;
    config_.metadata_files_kept = 3;
  }

  /// Opens or opens again. Fails while the disk does.
  Result<> open() {
    close();
    const Doors doors{clock_, disk_, *random_};
    MOBILAKE_ASSIGN(meta_, store::open_meta_store({.path = "/lake/meta/meta.db"}, doors));
    MOBILAKE_ASSIGN(objects_, store::open_local_object_store("/lake/objects", disk_, *random_));
    MOBILAKE_ASSIGN(catalog_, open_catalog(config_, doors, *meta_, *objects_));
    MOBILAKE_ASSIGN(table_, catalog_->committer().ensure_table(small_table()));
    return {};
  }

  void close() {
    catalog_.reset();
    objects_.reset();
    meta_.reset();
  }

  /// Commits once more: a file and a step of the consumer, now and then a merge.
  Result<> step() {
    TableCommitter& committer = catalog_->committer();
    MOBILAKE_ASSIGN(const log::Positions stands, committer.positions(kConsumer, kFamily));
    MOBILAKE_ASSIGN(const TablePlan plan, committer.plan(table_.name));
    TableChange change{.table = table_.name};
    const std::string key = data_file_key(table_, kDay, "file-" + std::to_string(random_->next()));
    MOBILAKE_TRY(objects_->put(key, key));
    std::int64_t rows = 1;
    if (plan.files.size() > 3 && choices_->below(4) == 0) {
      for (const PlannedFile& planned : plan.files) {
        change.removed_keys.push_back(planned.file.key);
        rows += planned.file.row_count;
      }
    }
    change.added = {data_file(key, rows, kDay)};
    const auto found = stands.find(kPartition);
    const std::uint64_t offset = found == stands.end() ? 0 : found->second.value();
    const auto done =
        committer.commit({.changes = {change},
                          .advance = ConsumerAdvance{std::string(kConsumer),
                                                     kFamily,
                                                     {{kPartition, log::Offset(offset)}},
                                                     {{kPartition, log::Offset(offset + 1)}}}});
    if (!done.ok()) return done.error();
    acknowledged_ = offset + 1;
    return {};
  }

  /// Expects that nothing acknowledged is missing and nothing stands twice. Each offset is one row.
  void verify() {
    TableCommitter& committer = catalog_->committer();
    const auto plan = committer.plan(table_.name);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    std::int64_t rows = 0;
    for (const PlannedFile& planned : plan->files) {
      const auto bytes = objects_->get(planned.file.key);
      ASSERT_TRUE(bytes.ok()) << bytes.error().message;
      EXPECT_EQ(*bytes, planned.file.key);
      rows += planned.file.row_count;
    }
    const auto stands = committer.positions(kConsumer, kFamily);
    ASSERT_TRUE(stands.ok()) << stands.error().message;
    const auto found = stands->find(kPartition);
    const std::uint64_t offset = found == stands->end() ? 0 : found->second.value();
    EXPECT_EQ(rows, static_cast<std::int64_t>(offset)) << "rows and position agree";
    EXPECT_EQ(rows, plan->table.row_count);
    EXPECT_GE(offset, acknowledged_) << "what was answered is there";
    acknowledged_ = offset;
  }

  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  static constexpr std::string_view kConsumer = "signals";
  static constexpr log::Family kFamily = log::Family::kData;
  static constexpr std::int32_t kDay = 20'500;
  static constexpr log::PartitionId kPartition{3};

  Disk& disk_;
  CatalogConfig config_;
  base::SimulatedClock clock_;
  std::unique_ptr<base::Random> random_;
  std::unique_ptr<base::Random> choices_;
  std::unique_ptr<store::MetaStore> meta_;
  std::unique_ptr<store::ObjectStore> objects_;
  std::unique_ptr<OpenCatalog> catalog_;
  TableState table_;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace mobilake::catalog

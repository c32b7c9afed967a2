// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "base/testkit/fault_disk.h"
#include "base/testkit/power_cut_disk.h"
#include "base/testkit/seed_count.h"
#include "catalog/test/commit_ledger.h"

namespace mobilake::catalog {
namespace {

using base::DiskCall;
using base::FaultDisk;
using base::PowerCutDisk;

/// How many changing calls of a run may come before the power goes.
constexpr std::uint64_t kCallsMax = 400;

class CommitFaultsTest : public testing::TestWithParam<DiskCall> {
 protected:
  /// Commits until something fails or the ledger is full.
  static bool fails_within(CommitLedger& ledger, int steps) {
    for (int step = 0; step < steps; ++step)
      if (!ledger.step().ok()) return true;
    return false;
  }

  /// Ends the process without its last words: a transaction whose sync failed may then be found
  /// whole in the meta store's log, and count.
  static void kill(FaultDisk& disk, CommitLedger& ledger) {
    for (const DiskCall call : {DiskCall::kWrite, DiskCall::kSync, DiskCall::kTruncate,
                                DiskCall::kRename, DiskCall::kRemove})
      disk.fail(call, 1, 1'000'000);
    ledger.close();
    disk.heal();
  }
};

INSTANTIATE_TEST_SUITE_P(Calls, CommitFaultsTest,
                         testing::Values(DiskCall::kWrite, DiskCall::kSync, DiskCall::kRename,
                                         DiskCall::kSyncDirectory),
                         [](const auto& info) {
                           switch (info.param) {
                             case DiskCall::kWrite:
                               return "Write";
                             case DiskCall::kSync:
                               return "Sync";
                             case DiskCall::kRename:
                               return "Rename";
                             default:
                               return "SyncDirectory";
                           }
                         });

TEST_P(CommitFaultsTest, LeavesAStateThatIsWholeWhicheverCallFails) {
  int failed = 0;
  for (std::uint64_t kth = 1; kth <= 200; ++kth) {
    SCOPED_TRACE(kth);
    PowerCutDisk memory;
    FaultDisk disk(memory);
    CommitLedger ledger(disk, kth);
    ASSERT_TRUE(ledger.open().ok());
    disk.fail(GetParam(), kth);
    if (fails_within(ledger, 20)) ++failed;
    disk.heal();
    // The same process goes on, unless the meta store asks for a restart.
    ledger.verify();
    if (kth % 2 == 1) kill(disk, ledger);
    const auto opened = ledger.open();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    ledger.verify();
    const auto next = ledger.step();
    ASSERT_TRUE(next.ok()) << next.error().message;
    ledger.verify();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(failed, 50) << "the faults were met";
}

TEST(CommitPowerCutTest, AnsweredCommitsOutliveAnyPowerCut) {
  const std::uint64_t seeds = base::seed_count(500);
  std::uint64_t commits = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    const auto random = base::seeded_random(seed + 1'000);
    PowerCutDisk disk;
    CommitLedger ledger(disk, seed);
    for (int cut = 0; cut < 2; ++cut) {
      disk.power_off_after(random->below(kCallsMax));
      if (ledger.open().ok()) {
        for (int step = 0; step < 20; ++step)
          if (!ledger.step().ok()) break;
      }
      ledger.close();
      disk.cut(*random);
      const auto opened = ledger.open();
      ASSERT_TRUE(opened.ok()) << opened.error().message;
      ledger.verify();
      if (HasFatalFailure()) return;
    }
    commits += ledger.acknowledged();
  }
  EXPECT_GT(commits, seeds) << "there was something to lose";
}

}  // namespace
}  // namespace mobilake::catalog

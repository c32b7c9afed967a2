// SPDX-License-Identifier: Apache-2.0
// The whole way over disks that fail or lose power: nothing acknowledged is lost, nothing is twice.
#include <gtest/gtest.h>

#include <optional>

#include "base/testkit/fault_disk.h"
#include "base/testkit/power_cut_disk.h"
#include "base/testkit/seed_count.h"
#include "prepare/test/durable_lake.h"
#include "prepare/test/temporary_folder.h"

namespace mobilake::prepare {
namespace {

using base::DiskCall;
using base::FaultDisk;
using base::PowerCutDisk;

std::uint64_t seed_count() {
  return base::seed_count(1000);
}

/// A few steps of work in an order that the seed decides; what fails is left for after the crash.
void work(DurableLake& lake, Random& random) {
  for (int step = 0; step < 8; ++step) {
    lake.send();
    if (random.below(3) == 0) {
      if (!lake.drain().ok()) return;
    } else if (random.below(4) == 0) {
      if (!lake.merge().ok()) return;
    } else if (random.below(4) == 0) {
      if (!lake.pump().checkpoint().ok()) return;
    } else if (!lake.pump().take_in(std::chrono::milliseconds(0)).ok()) {
      return;
    }
  }
}

/// The seeds in four parts, which run side by side.
class CrashTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr std::uint64_t kParts = 4;
};

TEST_P(CrashTest, APowerCutLosesNothingAcknowledgedAndDoublesNothing) {
  std::size_t acked = 0;
  for (std::uint64_t seed = GetParam(); seed < seed_count(); seed += kParts) {
    SCOPED_TRACE(seed);
    const auto random = base::seeded_random(seed);
    PowerCutDisk disk;
    // One part keeps what was seen in files; a process that ends leaves them as they are.
    std::optional<TemporaryFolder> seen;
    if (GetParam() == 0) seen.emplace();
    DurableLake lake(disk, disk, seed + 1'000'000, seen ? seen->path() : "");
    for (int round = 0; round < 3; ++round) {
      const bool early = random->below(3) == 0;
      if (early) disk.power_off_after(random->below(60));
      const bool opened = lake.open(1 + random->below(3)).ok();
      ASSERT_TRUE(opened || early);
      if (!early) disk.power_off_after(random->below(200));
      if (opened) work(lake, *random);
      lake.close();
      disk.cut(*random);
    }
    ASSERT_TRUE(lake.open(1 + random->below(3)).ok());
    lake.send();
    ASSERT_TRUE(lake.drain().ok());
    lake.check();
    acked += lake.acked_count();
    if (HasFailure()) return;
  }
  EXPECT_GE(acked, 4 * (seed_count() / kParts));
}

INSTANTIATE_TEST_SUITE_P(Parts, CrashTest, testing::Values(0, 1, 2, 3));

class CrashFaultTest : public testing::TestWithParam<DiskCall> {};

TEST_P(CrashFaultTest, AFailedDiskCallOfTheTablesLosesNothingAndDoublesNothing) {
  // With the fault healed the same process goes on, unless the meta store wants a new start.
  const std::uint64_t stride = seed_count() > 1000 ? 1000 : 20;
  for (std::uint64_t k = 1; k <= 200; k += 1 + k / stride) {
    SCOPED_TRACE(k);
    PowerCutDisk log_disk;
    PowerCutDisk table_disk;
    FaultDisk faults(table_disk);
    DurableLake lake(log_disk, faults, k);
    const auto random = base::seeded_random(k);
    ASSERT_TRUE(lake.open(2).ok());
    faults.fail(GetParam(), k, 1 + random->below(2));
    bool failed = false;
    for (int step = 0; step < 6; ++step) {
      lake.send();
      Result<> drained = lake.drain();
      for (int tries = 0; !drained.ok() && tries < 3; ++tries) {
        failed = true;
        ASSERT_NE(drained.error().code, Code::kConflict) << drained.error().to_string();
        drained = lake.pump().commit();
      }
      if (!drained.ok()) {
        ASSERT_TRUE(lake.open(1 + random->below(3)).ok());
      }
      if (step % 2 == 1 && !lake.merge().ok()) failed = true;
    }
    // Of the calls that count here, the ones after this are the test's own.
    const bool reached = faults.calls(GetParam()) >= k;
    faults.heal();
    lake.send();
    // A meta store whose sync failed wants a new start.
    if ((failed && random->below(2) == 0) || !lake.drain().ok()) {
      ASSERT_TRUE(lake.open(3).ok());
      const Result<> drained = lake.drain();
      ASSERT_TRUE(drained.ok()) << drained.error().to_string();
    }
    lake.check();
    if (HasFailure() || !reached) return;
  }
}

// Writes, syncs and renames: disk_fault_test.cc, each of the first 200.
INSTANTIATE_TEST_SUITE_P(All, CrashFaultTest,
                         testing::Values(DiskCall::kOpen, DiskCall::kSyncDirectory, DiskCall::kRead,
                                         DiskCall::kMakeDirectories));

TEST(CrashDiskFullTest, CommitsResumeWhenThereIsSpaceAgain) {
  PowerCutDisk log_disk;
  PowerCutDisk table_disk;
  FaultDisk faults(table_disk);
  DurableLake lake(log_disk, faults, 1);
  ASSERT_TRUE(lake.open(1).ok());
  lake.send();
  ASSERT_TRUE(lake.drain().ok());
  faults.set_free_bytes(3000);
  lake.send();
  const Result<> full = lake.drain();
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, Code::kExhausted);
  EXPECT_FALSE(lake.pump().commit().ok());
  faults.heal();
  ASSERT_TRUE(lake.pump().commit().ok());
  lake.check();
}

}  // namespace
}  // namespace mobilake::prepare

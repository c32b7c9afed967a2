// SPDX-License-Identifier: Apache-2.0
// Each of the first 200 writes, syncs and renames of the tables fails once: nothing acknowledged is
// lost, nothing is twice.
#include <gtest/gtest.h>

#include <tuple>

#include "base/testkit/fault_disk.h"
#include "base/testkit/power_cut_disk.h"
#include "prepare/test/durable_lake.h"

namespace mobilake::prepare {
namespace {

using base::DiskCall;
using base::FaultDisk;
using base::PowerCutDisk;

constexpr std::uint64_t kCalls = 200;
constexpr std::uint64_t kApart = 50;  // a life meets a fault, recovers, and works on to the next
constexpr std::uint64_t kParts = 5;
constexpr int kStepsMax = 400;

/// The calls of a kind in parts, which run side by side.
class DiskFaultTest : public testing::TestWithParam<std::tuple<DiskCall, std::uint64_t>> {
 protected:
  /// Works until the call number `k` has been made.
  static void work_to(DurableLake& lake, FaultDisk& faults, DiskCall call, std::uint64_t k,
                      Random& random) {
    for (int step = 0; step < kStepsMax && faults.calls(call) < k; ++step) {
      lake.send();
      Result<> drained = lake.drain();
      for (int tries = 0; !drained.ok() && tries < 3; ++tries) {
        ASSERT_NE(drained.error().code, Code::kConflict) << drained.error().to_string();
        drained = lake.pump().commit();
      }
      // A meta store whose sync failed wants a new start.
      if (!drained.ok()) {
        ASSERT_TRUE(lake.open(1 + random.below(3)).ok());
      }
      if (step % 2 == 1) (void)lake.merge();
    }
    ASSERT_GE(faults.calls(call), k) << "the call was never made";
  }

  /// Sends more, and brings all of it into the tables over the healed disk.
  static void recover(DurableLake& lake, Random& random) {
    lake.send();
    if (random.below(2) == 0 && lake.drain().ok()) return;
    ASSERT_TRUE(lake.open(3).ok());
    const Result<> drained = lake.drain();
    ASSERT_TRUE(drained.ok()) << drained.error().to_string();
  }
};

TEST_P(DiskFaultTest, AFailedCallLosesNothingAndDoublesNothing) {
  const auto [call, part] = GetParam();
  for (std::uint64_t first = 1 + part; first <= kApart; first += kParts) {
    PowerCutDisk log_disk;
    PowerCutDisk table_disk;
    FaultDisk faults(table_disk);
    DurableLake lake(log_disk, faults, first);
    const auto random = base::seeded_random(first);
    bool opened = false;
    for (std::uint64_t k = first; k <= kCalls; k += kApart) {
      SCOPED_TRACE(k);
      ASSERT_LT(faults.calls(call), k) << "the life before went past it";
      faults.fail(call, k - faults.calls(call), 1 + random->below(2));
      // The first calls are those of the first start.
      while (!opened && !(opened = lake.open(2).ok()))
        ASSERT_GE(faults.calls(call), k);
      ASSERT_NO_FATAL_FAILURE(work_to(lake, faults, call, k, *random));
      faults.heal();
      ASSERT_NO_FATAL_FAILURE(recover(lake, *random));
    }
    lake.check();
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(All, DiskFaultTest,
                         testing::Combine(testing::Values(DiskCall::kWrite, DiskCall::kSync,
                                                          DiskCall::kRename),
                                          testing::Range(std::uint64_t{0}, kParts)));

}  // namespace
}  // namespace mobilake::prepare

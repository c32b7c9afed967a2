// SPDX-License-Identifier: Apache-2.0
// Damage in the files of what was seen, which RocksDB meets in a compaction of its own.
#include <gtest/gtest.h>

#include "base/testkit/power_cut_disk.h"
#include "prepare/test/durable_lake.h"
#include "prepare/test/temporary_folder.h"

namespace mobilake::prepare {
namespace {

TEST(SeenDamageTest, ADamagedStateIsThrownAwayAndTheTablesStayExact) {
  constexpr int kTurnsMax = 300;
  const TemporaryFolder folder;
  base::PowerCutDisk disk;
  DurableLake lake(disk, disk, 1'000'001, folder.path());
  ASSERT_TRUE(lake.open(2).ok());
  const auto turn = [&] {
    lake.send();
    Result<> done = lake.drain();
    return done.ok() ? lake.pump().checkpoint() : done;
  };
  Result<> told;
  for (int i = 0; i < kTurnsMax && told.ok(); ++i) {
    if (i == 4) folder.flip_bytes(".sst");
    told = turn();
  }
  ASSERT_FALSE(told.ok()) << "no compaction met the damage";
  EXPECT_EQ(told.error().code, Code::kCorrupt) << told.error().to_string();
  EXPECT_TRUE(lake.pump().take_loss());
  for (int i = 0; i < 3; ++i) {
    const Result<> after = turn();
    ASSERT_TRUE(after.ok()) << after.error().to_string();
  }
  lake.check();
}

}  // namespace
}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/testkit/seed_count.h"
#include "log/test/segmented_log_fixture.h"

namespace mobilake::log {
namespace {

class PowerCutTest : public SegmentedLogFixture {
 protected:
  void append_some(Random& chance, int count) {
    for (int i = 0; i < count; ++i) {
      append(static_cast<std::uint16_t>(chance.below(4)),
             std::string(chance.below(9000), static_cast<char>('a' + i % 26)));
      if (chance.below(2) == 0) log_->run_turns();
      if (chance.below(8) == 0) log_->housekeep();
    }
  }
};

TEST_F(PowerCutTest, LosesNothingAckedAtThousandsOfPowerCuts) {
  std::size_t acked = 0;
  for (std::uint64_t seed = 0; seed < base::seed_count(1000); ++seed) {
    begin_anew();
    auto chance = base::seeded_random(seed);
    for (int life = 0; life < 3; ++life) {
      open(1 + chance->below(3));
      memory_->power_off_after(chance->below(60));
      append_some(*chance, 40);
      log_.reset();
      memory_->cut(*chance);
    }
    open(2);
    expect_acked_are_kept();
    acked += acked_count();
    log_.reset();
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(acked, 10000u) << "the cuts came too early to prove anything";
}

TEST_F(PowerCutTest, LosesNothingAckedWhenTheCutsComeDuringRecovery) {
  std::size_t acked = 0;
  std::size_t cut_recoveries = 0;
  for (std::uint64_t seed = 0; seed < base::seed_count(300); ++seed) {
    begin_anew();
    auto chance = base::seeded_random(1'000'000 + seed);
    for (int life = 0; life < 4; ++life) {
      // Recovery is cut again and again before it comes through once.
      for (std::uint64_t tries = chance->below(4); tries > 0; --tries) {
        memory_->power_off_after(chance->below(25));
        if (!try_open(small_config(1 + chance->below(3))).ok()) ++cut_recoveries;
        log_.reset();
        memory_->cut(*chance);
      }
      open(1 + chance->below(3));
      if (HasFatalFailure()) FAIL() << "seed " << seed;
      expect_acked_are_kept();
      memory_->power_off_after(20 + chance->below(60));
      append_some(*chance, 30);
      log_.reset();
      memory_->cut(*chance);
    }
    open(2);
    expect_acked_are_kept();
    acked += acked_count();
    log_.reset();
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(acked, 3000u) << "the cuts came too early to prove anything";
  EXPECT_GT(cut_recoveries, 500u) << "the cuts missed the recoveries";
}

TEST_F(PowerCutTest, LosesNothingAckedAcrossRetentionAndRecycledFiles) {
  LogConfig config = small_config(2);
  config.data.retain_size = {128u << 10};
  std::size_t lives_with_recycling = 0;
  for (std::uint64_t seed = 0; seed < base::seed_count(200); ++seed) {
    begin_anew();
    auto chance = base::seeded_random(2'000'000 + seed);
    for (int life = 0; life < 3; ++life) {
      open(config);
      if (HasFatalFailure()) FAIL() << "seed " << seed;
      const std::uint64_t oldest = log_->segments().front().number;
      memory_->power_off_after(60 + chance->below(200));
      append_some(*chance, 80);
      lives_with_recycling += log_->segments().front().number > oldest ? 1 : 0;
      log_.reset();
      memory_->cut(*chance);
    }
    open(config);
    // What retention took is gone from the front; nothing is missing behind it.
    const Records all = read_all();
    for (const auto& [partition, records] : acked_) {
      const auto seen = all.find(partition);
      if (seen == all.end()) continue;
      const std::uint64_t first = seen->second.begin()->first;
      for (const auto& [offset, payload] : records) {
        if (offset < first) continue;
        const auto record = seen->second.find(offset);
        ASSERT_NE(record, seen->second.end()) << "seed " << seed << " lost " << offset;
        EXPECT_EQ(record->second, payload);
      }
    }
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(lives_with_recycling, 100u);
}

}  // namespace
}  // namespace mobilake::log

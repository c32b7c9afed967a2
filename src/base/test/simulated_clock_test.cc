// SPDX-License-Identifier: Apache-2.0
#include "base/testkit/simulated_clock.h"

#include <gtest/gtest.h>

namespace mobilake::base {
namespace {

TEST(SimulatedClockTest, StandsUntilMoved) {
  SimulatedClock clock;
  const Timestamp now = clock.now();
  const Instant steady = clock.steady();
  EXPECT_EQ(clock.now(), now);
  clock.advance(std::chrono::seconds(3));
  EXPECT_EQ(clock.now() - now, std::chrono::seconds(3));
  EXPECT_EQ(clock.steady() - steady, std::chrono::seconds(3));
}

TEST(SimulatedClockTest, StepMovesTheTimeOfDayAlone) {
  SimulatedClock clock;
  const Instant steady = clock.steady();
  clock.step_to(Timestamp(std::chrono::seconds(5)));
  EXPECT_EQ(clock.now(), Timestamp(std::chrono::seconds(5)));
  EXPECT_EQ(clock.steady(), steady);
}

}  // namespace
}  // namespace mobilake::base

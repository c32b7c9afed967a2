// SPDX-License-Identifier: Apache-2.0
#include "base/testkit/simulated_clock.h"

#include "base/check.h"

namespace mobilake::base {

SimulatedClock::SimulatedClock()
    : SimulatedClock(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) {}

SimulatedClock::SimulatedClock(Timestamp now)
    : times_(Times{now, Instant(std::chrono::hours(1))}) {}

Timestamp SimulatedClock::now() const {
  return times_.lock()->now;
}

Instant SimulatedClock::steady() const {
  return times_.lock()->steady;
}

void SimulatedClock::advance(microseconds span) {
  MOBILAKE_CHECK(span.count() >= 0);
  auto times = times_.lock();
  times->now += span;
  times->steady += span;
}

void SimulatedClock::step_to(Timestamp now) {
  times_.lock()->now = now;
}

}  // namespace mobilake::base

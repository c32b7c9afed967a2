// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/guarded.h"

namespace mobilake::base {

/// A clock that stands still until a test moves it.
/// Thread safety: any thread.
class SimulatedClock final : public Clock {
 public:
  /// Begins at 2026-01-01T00:00:00Z.
  SimulatedClock();
  explicit SimulatedClock(Timestamp now);

  Timestamp now() const override;
  Instant steady() const override;

  /// Moves both times on. Requires: span >= 0.
  void advance(microseconds span);
  /// Steps the time of day alone, as an operator or a bad time server does.
  void step_to(Timestamp now);

 private:
  struct Times {
    Timestamp now;
    Instant steady;
  };
  mutable Guarded<Times> times_;
};

}  // namespace mobilake::base

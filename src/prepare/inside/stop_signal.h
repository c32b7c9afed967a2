// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>

#include "base/clock.h"
#include "base/guarded.h"

namespace mobilake::prepare {

/// Tells threads to end, and lets them wait for that or for a moment of the clock.
/// Thread safety: any thread.
class StopSignal {
 public:
  explicit StopSignal(const Clock& clock) : clock_(clock) {}

  void give();
  bool given() { return *stopped_.lock(); }

  /// Waits until the clock has moved on by `span` or the signal is given; returns given().
  bool wait(std::chrono::milliseconds span);

 private:
  const Clock& clock_;
  Guarded<bool> stopped_{false};
  std::condition_variable changed_;
};

}  // namespace mobilake::prepare

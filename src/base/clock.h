// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace mobilake::base {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A point of civil time, UTC, in microseconds since 1970.
using Timestamp = std::chrono::sys_time<microseconds>;

/// A point on the clock that never steps; for spans and deadlines, meaningless across processes.
using Instant = std::chrono::steady_clock::time_point;

/// The door to time. Tests bring their own (testkit/simulated_clock.h).
/// Thread safety: any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Returns the time of day, which may step in either direction.
  virtual Timestamp now() const = 0;
  /// Returns the steady time.
  virtual Instant steady() const = 0;
};

/// Returns the machine's clock; it lives as long as the process.
Clock& system_clock();

}  // namespace mobilake::base

namespace mobilake {
using base::Clock;
using base::Timestamp;
}  // namespace mobilake

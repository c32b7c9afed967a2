// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace mobilake::ingest::mqtt {

/// A token bucket in one instant: the time at which all that was used is paid back (GCRA).
/// Thread safety: a value.
class RateMeter {
 public:
  /// Lets `per_second` messages pass a second (0: any number), `burst` of time at once.
  void set(std::uint32_t per_second, std::chrono::milliseconds burst) {
    cost_ = per_second == 0 ? std::chrono::nanoseconds{0}
                            : std::chrono::nanoseconds{std::chrono::seconds{1}} / per_second;
    burst_ = burst < cost_ ? cost_ : std::chrono::nanoseconds{burst};
  }

  /// Returns when one more message may pass: now or earlier means at once.
  base::Instant next(base::Instant now) const {
    if (cost_.count() == 0) return now;
    return paid_ + cost_ - burst_;
  }

  /// Returns whether nothing is owed.
  bool is_full(base::Instant now) const { return paid_ <= now; }

  /// Charges one message.
  void pass(base::Instant now) {
    if (cost_.count() == 0) return;
    paid_ = (paid_ < now ? now : paid_) + cost_;
  }

 private:
  std::chrono::nanoseconds cost_{0};
  std::chrono::nanoseconds burst_{0};
  base::Instant paid_{};
};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

namespace mobilake::base {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
  }
  Instant steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace mobilake::base

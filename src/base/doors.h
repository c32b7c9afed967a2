// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/disk.h"
#include "base/random.h"

namespace mobilake::base {

/// The outside world as one thing to hand down: references only, owned by main() or by a test.
struct Doors {
  Clock& clock;
  Disk& disk;
  Random& random;
};

/// Returns the machine's own doors.
inline Doors system_doors() {
  return {system_clock(), system_disk(), system_random()};
}

}  // namespace mobilake::base

namespace mobilake {
using base::Doors;
}  // namespace mobilake

// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/stop_signal.h"

#include <algorithm>

namespace mobilake::prepare {
namespace {

// The clock may be a test's, which wakes nobody: so it is looked at again after this time.
constexpr std::chrono::milliseconds kLookSpan{20};

}  // namespace

void StopSignal::give() {
  *stopped_.lock() = true;
  changed_.notify_all();
}

bool StopSignal::wait(std::chrono::milliseconds span) {
  const auto deadline = clock_.steady() + span;
  auto stopped = stopped_.lock();
  while (!*stopped) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_.steady());
    if (left.count() <= 0) break;
    stopped.wait_for(changed_, std::min(left, kLookSpan), [](bool now) { return now; });
  }
  return *stopped;
}

}  // namespace mobilake::prepare

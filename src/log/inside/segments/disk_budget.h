// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/guarded.h"

namespace mobilake::log {

/// The bytes that all segment files of a log may take together.
/// Thread safety: any thread.
class DiskBudget {
 public:
  explicit DiskBudget(std::uint64_t limit) : limit_(limit) {}

  /// Counts what stands on disk already, be it over the limit.
  void count(std::uint64_t bytes) { *used_.lock() += bytes; }

  /// Takes `bytes` where they fit; returns whether they did.
  bool take(std::uint64_t bytes) {
    auto used = used_.lock();
    if (*used + bytes > limit_) return false;
    *used += bytes;
    return true;
  }

  void give_back(std::uint64_t bytes) {
    auto used = used_.lock();
    *used -= std::min(*used, bytes);
  }

  std::uint64_t limit() const { return limit_; }

 private:
  const std::uint64_t limit_;
  Guarded<std::uint64_t> used_{0};
};

}  // namespace mobilake::log

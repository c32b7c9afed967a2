// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>

namespace mobilake::serve {

/// So many may do something at once. Thread safety: any thread; outlives its slots.
class Slots {
 public:
  explicit Slots(std::size_t count) : free_(static_cast<std::ptrdiff_t>(count)) {}

  /// Gives the place back when it ends.
  class Slot {
   public:
    explicit Slot(Slots& slots) : slots_(&slots) {}

   private:
    struct GiveBack {
      void operator()(Slots* slots) const { slots->free_.fetch_add(1); }
    };
    std::unique_ptr<Slots, GiveBack> slots_;
  };

  /// Returns a place, or nothing when all are taken.
  std::optional<Slot> take() {
    if (free_.fetch_sub(1) > 0) return Slot(*this);
    free_.fetch_add(1);
    return std::nullopt;
  }

 private:
  std::atomic<std::ptrdiff_t> free_;
};

}  // namespace mobilake::serve

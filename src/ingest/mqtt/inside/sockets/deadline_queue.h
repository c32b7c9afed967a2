// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"

namespace mobilake::ingest::mqtt {

/// When each client of a loop is to be looked at next: at most one entry a client.
///
/// A deadline that moves on (every packet moves the keep alive) is not moved here: the client is
/// looked at too early once, and enters its true one then. Thread safety: the loop's thread.
class DeadlineQueue {
 public:
  /// Replaces the client's entry at `old` (max: it has none) by one at `due` (max: by none).
  void move(std::uint32_t place, base::Instant old, base::Instant due) {
    if (old != base::Instant::max()) {
      auto node = entries_.extract({old, place});
      if (!node.empty() && due != base::Instant::max()) {
        node.value().first = due;
        entries_.insert(std::move(node));
        return;
      }
    }
    if (due != base::Instant::max()) entries_.insert({due, place});
  }

  /// Returns the earliest deadline, or max.
  base::Instant first() const {
    return entries_.empty() ? base::Instant::max() : entries_.begin()->first;
  }

  /// Takes a client that is due out of the queue and returns its place.
  std::optional<std::uint32_t> take_due(base::Instant now) {
    if (first() > now || entries_.empty()) return std::nullopt;
    const std::uint32_t place = entries_.begin()->second;
    entries_.erase(entries_.begin());
    return place;
  }

 private:
  std::set<std::pair<base::Instant, std::uint32_t>> entries_;
};

}  // namespace mobilake::ingest::mqtt

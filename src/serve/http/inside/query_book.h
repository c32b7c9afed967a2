// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/guarded.h"

namespace mobilake::serve {

/// What the door itself knows of a query: how many rows its asker wants, and whether the result was
/// handed out. Bounded; the oldest go first. Thread safety: any thread.
class QueryBook {
 public:
  static constexpr std::size_t kEntriesMax = 100'000;

  struct Entry {
    std::optional<std::uint64_t> rows_max;
    bool taken = false;                 ///< the result was handed out
    bool truncated = false;             ///< and cut at rows_max
    std::optional<std::uint64_t> rows;  ///< that were handed out, once it ended
  };

  void add(const std::string& id, std::optional<std::uint64_t> rows_max) {
    auto state = state_.lock();
    state->entries[id].rows_max = rows_max;
    state->order.push_back(id);
    if (state->order.size() <= kEntriesMax) return;
    state->entries.erase(state->order.front());
    state->order.pop_front();
  }

  Entry find(const std::string& id) {
    auto state = state_.lock();
    const auto found = state->entries.find(id);
    return found == state->entries.end() ? Entry{} : found->second;
  }

  /// Returns whether the caller is the first to take the result.
  bool take(const std::string& id) {
    auto state = state_.lock();
    const auto found = state->entries.find(id);
    if (found == state->entries.end()) return true;
    return !std::exchange(found->second.taken, true);
  }

  void note_end(const std::string& id, std::uint64_t rows, bool truncated) {
    auto state = state_.lock();
    const auto found = state->entries.find(id);
    if (found == state->entries.end()) return;
    found->second.rows = rows;
    found->second.truncated = truncated;
  }

 private:
  struct State {
    std::map<std::string, Entry> entries;
    std::deque<std::string> order;
  };
  Guarded<State> state_;
};

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "prepare/inside/conservation/conservation_counts.h"

namespace mobilake::prepare {

/// The counters as they stand now, for those who ask: what commits hold, which equals what the meta
/// store has, and what was read since.
/// Thread safety: any thread; one of them writes.
class ConservationLedger {
 public:
  struct Entry {
    ConservationCounts committed;
    ConservationCounts pending;  ///< read, in no commit yet
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  /// Begins with what the meta store has.
  void load(const std::map<std::string, ConservationCounts>& committed);
  void set_pending(std::string_view account, const ConservationCounts& counts);
  /// Makes what is pending committed.
  void commit_pending();

  Entries entries() { return *entries_.lock(); }

 private:
  Guarded<Entries> entries_;
};

}  // namespace mobilake::prepare

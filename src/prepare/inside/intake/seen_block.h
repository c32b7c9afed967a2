// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "prepare/inside/intake/hash_set.h"

namespace mobilake::prepare {

/// What was seen of 32 successive sequences of one vehicle, or of 256 seconds of its messages
/// without one; what is written and read at once. Thread safety: a value.
struct SeenBlock {
  static constexpr std::size_t kSequences = 32;

  std::int64_t number = 0;
  std::int64_t newest_s = 0;  ///< arrival of the newest message, seconds since 1970
  std::array<std::uint64_t, kSequences> hashes{};  ///< by the sequence's last 5 bits, 0: none
  std::unique_ptr<HashSet> more;  ///< of used sequences, or of messages without one; may be null
  bool changed = false;           ///< since it was written

  /// Adds a hash to `more`; returns false if it was there.
  bool insert_more(std::uint64_t hash) {
    if (!more) more = std::make_unique<HashSet>();
    return more->insert(hash);
  }
  std::size_t memory_bytes() const {
    return sizeof(SeenBlock) + (more ? sizeof(HashSet) + more->memory_bytes() : 0);
  }
};

/// Names a block among all.
struct SeenBlockId {
  enum class Kind : std::uint8_t { kSequence = 's', kTime = 't' };

  std::string_view account;
  std::string_view vehicle;
  Kind kind = Kind::kSequence;
  std::int64_t number = 0;
};

/// The order of accounts and of vehicles in the store: shorter names first. Thread safety: a value.
struct SeenNameOrder {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

}  // namespace mobilake::prepare

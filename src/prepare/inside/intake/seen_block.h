// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "prepare/inside/intake/hash_set.h"

namespace mobilake::prepare {

/// What was seen of 256 sequences of one vehicle, or of 256 seconds of its messages without one.
///
/// A part is what is written at once: 32 sequences, or `more`.
/// Thread safety: a value.
struct SeenBlock {
  static constexpr std::size_t kSequences = 256;
  static constexpr std::size_t kSequencesPerPart = 32;
  static constexpr std::size_t kSequenceParts = kSequences / kSequencesPerPart;
  static constexpr std::size_t kMorePart = kSequenceParts;
  static constexpr std::size_t kParts = kSequenceParts + 1;

  std::int64_t number = 0;
  std::vector<std::uint64_t> hashes;  ///< by the sequence's last 8 bits, 0: none
  HashSet more;                       ///< of used sequences, or of messages without one
  std::uint16_t unwritten = 0;        ///< a bit for each part that changed since it was written
  std::int64_t newest_s = 0;          ///< arrival of the newest message, seconds since 1970

  void mark(std::size_t part) { unwritten = static_cast<std::uint16_t>(unwritten | (1u << part)); }
  std::size_t memory_bytes() const {
    return sizeof(SeenBlock) + hashes.capacity() * sizeof(std::uint64_t) + more.memory_bytes();
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

}  // namespace mobilake::prepare

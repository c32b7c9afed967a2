// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mobilake::prepare {

/// A set of hashes in one flat array, so that no sender can make a look-up slow by sending many.
/// Thread safety: a value.
class HashSet {
 public:
  /// Adds a hash; returns false if it was there. Requires: it is not 0.
  bool insert(std::uint64_t hash);
  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return slots_.size() * sizeof(std::uint64_t); }
  /// Returns the array: hashes, and 0 in free places.
  std::span<const std::uint64_t> slots() const { return slots_; }

 private:
  std::uint64_t& slot_of(std::uint64_t hash);

  std::vector<std::uint64_t> slots_;  // a power of two, at most three quarters full
  std::size_t size_ = 0;
};

}  // namespace mobilake::prepare

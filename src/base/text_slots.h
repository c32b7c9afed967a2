// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace mobilake::base {

/// Finds the numbers of texts that somebody else keeps: 8 bytes a text, in one flat array.
///
/// A look-up costs one place in the array and one comparison; a map's buckets, nodes and keys cost
/// a cache miss each, which counts where every message asks. Thread safety: a value.
class TextSlots {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  static std::uint32_t hash_of(std::string_view text) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(text) >> 32);
  }

  /// Returns the number of the text with that hash for which `is_text(number)` holds, or kNone.
  template <typename IsText>
  std::uint32_t find(std::uint32_t hash, IsText is_text) const {
    if (slots_.empty()) return kNone;
    for (std::size_t place = hash & mask();; place = (place + 1) & mask()) {
      const Slot& slot = slots_[place];
      if (slot.number == kNone || (slot.hash == hash && is_text(slot.number))) return slot.number;
    }
  }

  /// Asks the memory for where find() begins, so that it need not wait.
  void prefetch(std::uint32_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & mask()]);
  }

  /// Adds a text. Requires: find() does not know it, and `number` is not kNone.
  void add(std::uint32_t hash, std::uint32_t number) {
    if (4 * (size_ + 1) > 3 * slots_.size()) grow();
    put({hash, number});
    ++size_;
  }

  std::size_t size() const { return size_; }
  void clear() {
    slots_.clear();
    size_ = 0;
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = kNone;
  };

  std::size_t mask() const { return slots_.size() - 1; }

  void put(Slot slot) {
    std::size_t place = slot.hash & mask();
    while (slots_[place].number != kNone)
      place = (place + 1) & mask();
    slots_[place] = slot;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 8 : 2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.number != kNone) put(slot);
  }

  std::vector<Slot> slots_;  // a power of two, at most three quarters full
  std::size_t size_ = 0;
};

}  // namespace mobilake::base

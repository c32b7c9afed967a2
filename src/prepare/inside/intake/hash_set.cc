// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/hash_set.h"

#include <utility>

namespace mobilake::prepare {

bool HashSet::insert(std::uint64_t hash) {
  if (4 * (size_ + 1) > 3 * slots_.size()) {
    std::vector<std::uint64_t> old(slots_.empty() ? 4 : 2 * slots_.size());
    std::swap(old, slots_);
    for (const std::uint64_t kept : old)
      if (kept != 0) slot_of(kept) = kept;
  }
  std::uint64_t& slot = slot_of(hash);
  if (slot == hash) return false;
  slot = hash;
  ++size_;
  return true;
}

std::uint64_t& HashSet::slot_of(std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t place = static_cast<std::size_t>(hash) & mask;
  while (slots_[place] != 0 && slots_[place] != hash)
    place = (place + 1) & mask;
  return slots_[place];
}

}  // namespace mobilake::prepare

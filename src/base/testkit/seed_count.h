// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>

namespace mobilake::base {

/// Returns how many seeds a test goes through: `ordinary`, or what MOBILAKE_SEEDS says.
inline std::uint64_t seed_count(std::uint64_t ordinary) {
  const char* const seeds = std::getenv("MOBILAKE_SEEDS");
  return seeds == nullptr ? ordinary : std::strtoull(seeds, nullptr, 10);
}

}  // namespace mobilake::base

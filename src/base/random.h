// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace mobilake::base {

/// The door to chance. Tests bring a seeded one.
/// Thread safety: any thread.
class Random {
 public:
  virtual ~Random() = default;
  /// Returns `count` random bytes; from the system's source they are fit for keys.
  virtual std::string bytes(std::size_t count) = 0;

  /// Returns 64 random bits.
  std::uint64_t next();
  /// Returns a number in [0, bound). Requires: bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

/// Returns the kernel's random source (getrandom); it lives as long as the process.
Random& system_random();

/// Returns a generator that gives the same bytes for the same seed; never for secrets.
std::unique_ptr<Random> seeded_random(std::uint64_t seed);

}  // namespace mobilake::base

namespace mobilake {
using base::Random;
}  // namespace mobilake

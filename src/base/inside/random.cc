// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <sys/random.h>

#include "base/byte_order.h"
#include "base/check.h"
#include "base/guarded.h"

namespace mobilake::base {
namespace {

class SystemRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override {
    std::string out(count, '\0');
    for (std::size_t at = 0; at < count;) {
      const ssize_t got = getrandom(out.data() + at, count - at, 0);
      MOBILAKE_CHECK(got > 0);
      at += static_cast<std::size_t>(got);
    }
    return out;
  }
};

// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and equal on every machine.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::string bytes(std::size_t count) override {
    std::string out;
    auto state = state_.lock();
    while (out.size() < count)
      append_little(out, step(*state));
    out.resize(count);
    return out;
  }

 private:
  static std::uint64_t step(std::uint64_t& state) {
    std::uint64_t mixed = (state += 0x9e3779b97f4a7c15ULL);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
  }

  Guarded<std::uint64_t> state_;
};

}  // namespace

std::uint64_t Random::next() {
  return load_little<std::uint64_t>(bytes(8).data());
}

std::uint64_t Random::below(std::uint64_t bound) {
  MOBILAKE_CHECK(bound > 0);
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

std::unique_ptr<Random> seeded_random(std::uint64_t seed) {
  return std::make_unique<SeededRandom>(seed);
}

}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace mobilake::load {

/// Counts spans in buckets of at most 3 % width, in constant memory.
/// Thread safety: one thread.
class LatencyHistogram {
 public:
  void add(std::uint64_t nanoseconds) {
    ++buckets_[bucket_of(nanoseconds)];
    ++count_;
  }

  /// Returns the span below which `share` of all lie, in milliseconds; 0 where there are none.
  double quantile_ms(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted) return static_cast<double>(upper_bound(i)) / 1e6;
    }
    return 0;
  }

  std::uint64_t count() const { return count_; }

 private:
  // Each power of two is cut into 32 equal parts.
  static constexpr std::uint64_t kParts = 32;
  static constexpr int kPartBits = 5;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kParts) return value;
    const auto shift = static_cast<int>(std::bit_width(value)) - 1 - kPartBits;
    return static_cast<std::size_t>(kParts * static_cast<std::uint64_t>(shift) + (value >> shift));
  }
  static std::uint64_t upper_bound(std::size_t bucket) {
    if (bucket < 2 * kParts) return bucket;
    const std::uint64_t shift = bucket / kParts - 1;
    return (kParts + bucket % kParts + 1) << shift;
  }

  std::array<std::uint64_t, kParts * 60> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace mobilake::load

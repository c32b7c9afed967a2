// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "base/config.h"
#include "base/result.h"

namespace mobilake::log {

/// The size and the keeping of one family's segments.
struct FamilyConfig {
  base::SizeBytes segment_size;
  std::chrono::milliseconds retain_time;  ///< a segment goes when its newest record is older
  base::SizeBytes retain_size;            ///< the oldest segments go when all are larger
};

/// Settings of the log. All need a restart.
struct LogConfig {
  std::uint64_t partitions = 64;  ///< fixed when the data folder is made
  std::uint64_t writers = 0;      ///< 0: one per two cores
  base::SizeBytes mailbox_size{64u << 20};
  base::SizeBytes frame_size{4u << 20};
  std::uint64_t spare_segments = 2;
  base::SizeBytes recent_size{32u << 20};
  base::SizeBytes disk_budget{64ull << 30};
  FamilyConfig data{{64u << 20}, std::chrono::hours(24 * 7), {16ull << 30}};
  FamilyConfig system{{16u << 20}, std::chrono::hours(24 * 90), {4ull << 30}};

  /// Returns the keys of this struct, which must outlive them.
  base::ConfigSection section();

  /// Checks what no single key's bounds can say. Fails with: invalid.
  Result<> check() const;

  /// Returns `writers`, or what stands for 0 on this machine; never more than partitions.
  std::uint16_t writer_count() const;
};

}  // namespace mobilake::log

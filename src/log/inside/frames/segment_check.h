// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "log/inside/frames/segment_file.h"

namespace mobilake::log {

/// What a check of one segment found.
struct SegmentCheck {
  std::uint64_t frame_count = 0;
  std::uint64_t record_count = 0;
  std::vector<LogIncident> incidents;
};

/// Walks every frame and every record of a segment and compares them with headers and footer;
/// changes nothing. A segment that is still written is checked up to `durable_end`.
/// Fails with: unavailable (disk).
Result<SegmentCheck> check_segment(SegmentFile& segment, std::uint16_t partition_count,
                                   std::optional<std::uint64_t> durable_end);

}  // namespace mobilake::log

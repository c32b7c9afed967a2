// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/doors.h"
#include "log/inside/segments/incident_list.h"
#include "log/inside/segments/segment_list.h"

namespace mobilake::log {

/// What earlier processes left of a family: every segment sealed and synced.
struct RecoveredSegments {
  std::vector<SegmentState> segments;  ///< in the order of their numbers
  std::vector<std::uint64_t> empty;    ///< numbers of those in which no frame was ever begun
  std::vector<std::string> spares;     ///< names of files without a life
  std::vector<Offset> next;            ///< of every partition
  std::uint64_t next_number = 1;
  std::uint64_t size_bytes = 0;
};

/// Reads the segments of `folder`, scans those without a footer and seals them.
///
/// The last frame of a segment is kept or dropped whole; a drop, and damage in the middle, become
/// incidents. No file is removed. Requires: the folder exists, and nobody else writes in it. Fails
/// with: unavailable (disk), exhausted (no space for a footer).
Result<RecoveredSegments> recover_segments(const std::string& folder, std::uint16_t partition_count,
                                           Doors doors, IncidentList& incidents);

/// Writes the footer behind the last frame, or at the end of a full file when `keep_size`, and
/// syncs. Returns the file's size.
Result<std::uint64_t> seal_segment(File& file, const SegmentIdentity& identity,
                                   const SegmentSummary& summary, bool keep_size);

}  // namespace mobilake::log

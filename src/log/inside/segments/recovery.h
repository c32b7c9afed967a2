// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/doors.h"
#include "log/inside/frames/segment_file.h"
#include "log/inside/segments/incident_list.h"
#include "log/inside/segments/segment_list.h"

namespace mobilake::log {

/// What earlier processes left of a family: every segment synced, and sealed where there is space.
struct RecoveredSegments {
  std::vector<SegmentState> segments;  ///< in the order of their numbers
  std::vector<std::uint64_t> empty;    ///< numbers of those in which no frame was ever begun
  std::vector<std::string> spares;     ///< names of files without a life

  /// Per partition, what the next record gets: above every offset that was ever given. Nothing
  /// where damage leaves that unknown.
  std::vector<std::optional<Offset>> next;
  /// Per partition, the offset after the newest record that is there.
  std::vector<Offset> durable;
  std::uint64_t next_number = 1;
  std::uint64_t size_bytes = 0;
};

/// Reads the segments of `folder`, scans those without a footer and seals them.
///
/// The last frame of a segment is kept or dropped whole; a drop, and damage in the middle, become
/// incidents, and the offsets that damaged bytes may have held are not given again. No file is
/// removed, and the bytes of a dropped frame stay.
/// Requires: the folder exists, and nobody else writes in it. Fails with: unavailable (disk).
Result<RecoveredSegments> recover_segments(const std::string& folder, std::uint16_t partition_count,
                                           Doors doors, IncidentList& incidents);

/// Returns a segment of an earlier process as the list has it.
/// Requires: segment.summary.
SegmentState state_of(const SegmentFile& segment, bool sealed);

/// Where a footer goes.
enum class FooterPlace {
  kBehindFrames,  ///< the file ends behind it
  kEndOfFile,     ///< the file keeps its size, and what stands between frames and footer
};

/// Writes the footer and syncs. Returns the file's size.
Result<std::uint64_t> seal_segment(File& file, const SegmentIdentity& identity,
                                   const SegmentSummary& summary, FooterPlace place);

}  // namespace mobilake::log

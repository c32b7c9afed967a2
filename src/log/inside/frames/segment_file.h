// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/disk.h"
#include "log/inside/frames/frame_stream.h"

namespace mobilake::log {

/// A segment file as it was found: what its two headers and its footer say.
struct SegmentFile {
  std::string path;
  std::unique_ptr<File> file;
  std::uint64_t size_bytes = 0;
  SegmentIdentity identity;               ///< the number from the name
  std::optional<SegmentHeader> header;    ///< of the first copy that is whole
  int damaged_headers = 0;                ///< copies that are not whole: 0 to 2
  bool foreign_header = false;            ///< a whole header, but of another number
  std::optional<SegmentSummary> summary;  ///< of the footer; none in an unsealed segment
};

/// Opens the segment file `name` in `folder` and reads headers and footer.
/// Fails with: not_found, unavailable (disk); damage is told in the value.
Result<SegmentFile> open_segment_file(Disk& disk, const std::string& folder,
                                      const std::string& name, std::uint16_t partition_count,
                                      OpenMode mode);

/// What a walk over all frames of a file found.
struct ScanResult {
  SegmentSummary summary;
  std::vector<LogIncident> damage;  ///< between good frames
  std::optional<LogIncident>
      bad_tail;                   ///< behind the last good frame, where a frame seems to have begun
  std::optional<FrameView> last;  ///< offsets of the last good frame; its payload is gone
};

/// Walks all frames of an unsealed segment, or up to the end of its data in a sealed one.
/// Fails with: unavailable (disk).
Result<ScanResult> scan_segment(SegmentFile& segment, std::uint16_t partition_count);

}  // namespace mobilake::log

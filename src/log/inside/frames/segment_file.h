// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "log/inside/frames/frame_stream.h"

namespace mobilake::log {

/// A segment file as it was found: what its two headers and its footer say.
struct SegmentFile {
  std::string path;
  std::string name;  ///< within the log's folder, as incidents name it
  std::unique_ptr<File> file;
  std::uint64_t size_bytes = 0;
  SegmentIdentity identity;               ///< the number from the name
  std::optional<SegmentHeader> header;    ///< of the first copy that is whole
  int damaged_headers = 0;                ///< copies that are not whole: 0 to 2
  bool foreign_header = false;            ///< a whole header, but of another number
  std::optional<SegmentSummary> summary;  ///< of the footer; none in an unsealed segment
};

/// Opens the segment file `file_name` in `folder` and reads headers and footer.
/// Fails with: not_found, unavailable (disk); damage is told in the value.
Result<SegmentFile> open_segment_file(Disk& disk, const std::string& folder,
                                      const std::string& file_name, std::uint16_t partition_count,
                                      OpenMode mode);

/// Returns what is wrong with the headers, or why the file is no segment of its number.
std::optional<LogIncident> header_incident(const SegmentFile& segment);
/// Returns whether the file can be read as the segment that its name says.
bool is_readable(const SegmentFile& segment, std::uint16_t partition_count);

/// What a walk over all frames of a file found.
struct ScanResult {
  SegmentSummary summary;
  std::vector<LogIncident> damage;      ///< between good frames
  std::optional<LogIncident> bad_tail;  ///< where a frame seems to have begun behind the last
                                        ///< good one
  std::optional<FrameView> last;        ///< offsets of the last good frame; its payload is gone
};

/// Walks all frames: up to `end`, else to the end of the data of a sealed segment, else to the
/// file's. Where the end is known all bytes before it must be frames; in an unsealed segment the
/// bytes behind the last frame may be those of the file's earlier lives.
/// Fails with: unavailable (disk).
Result<ScanResult> scan_segment(SegmentFile& segment, std::uint16_t partition_count,
                                std::optional<std::uint64_t> end = std::nullopt);

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/frames/segment_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace mobilake::log {
namespace {

constexpr std::size_t kScanBytes = 1 << 20;

Result<> read_headers(SegmentFile& segment, std::uint16_t partition_count) {
  const std::uint64_t copy_bytes = header_copy_bytes(partition_count);
  std::string copies(2 * copy_bytes, '\0');
  MOBILAKE_TRY(segment.file->read(0, copies.data(), copies.size()));
  for (const std::size_t copy : {0u, 1u}) {
    auto header = decode_header(std::string_view(copies).substr(copy * copy_bytes, copy_bytes));
    if (header && header->generation != segment.identity.generation) {
      segment.foreign_header = true;
    } else if (header) {
      segment.header = std::move(header);
      segment.identity.tag = segment.header->tag;
    } else {
      segment.damaged_headers += 1;
    }
  }
  return {};
}

// A footer whose sum is right may still be none of ours: readers go where it points.
bool fits(const SegmentSummary& summary, std::uint16_t partition_count, std::uint64_t footer_at) {
  if (summary.partition_count != partition_count || summary.data_end > footer_at ||
      summary.data_end < header_bytes(partition_count) || summary.lost_records_max >= kOffsetEnd)
    return false;
  for (const auto& [partition, range] : summary.ranges)
    if (partition.value() >= partition_count || range.next.value() >= kOffsetEnd) return false;
  std::uint64_t last = 0;
  for (const IndexEntry& entry : summary.index) {
    if (entry.file_offset % kBlockBytes != 0 || entry.file_offset <= last ||
        entry.file_offset >= summary.data_end)
      return false;
    last = entry.file_offset;
  }
  return true;
}

Result<> read_footer(SegmentFile& segment, std::uint16_t partition_count) {
  if (segment.size_bytes < kBlockBytes) return {};
  char trailer[kTrailerBytes];
  MOBILAKE_TRY(segment.file->read(segment.size_bytes - kTrailerBytes, trailer, kTrailerBytes));
  const auto size = decode_trailer({trailer, kTrailerBytes}, segment.identity.generation);
  if (!size || *size > segment.size_bytes) return {};
  MOBILAKE_ASSIGN(const std::string footer,
                  segment.file->read_exactly(segment.size_bytes - *size, *size));
  segment.summary = decode_footer(footer, segment.identity.generation);
  if (segment.summary && !fits(*segment.summary, partition_count, segment.size_bytes - *size))
    segment.summary.reset();
  return {};
}

std::uint64_t records_in(std::uint64_t bytes) {
  return bytes / kRecordHeadBytes;
}

void note_frame(const SegmentFile& segment, const FrameView& frame, std::uint16_t partition_count,
                ScanResult& result) {
  if (frame.gap_from) {
    result.damage.push_back({segment.name, *frame.gap_from,
                             fmt::format("damaged up to {}, before frame {}; skipped",
                                         frame.file_offset, frame.number)});
    result.summary.lost_records_max += records_in(frame.file_offset - *frame.gap_from);
  }
  result.summary.add_frame(frame.file_offset, frame.frame_end);
  BatchWalk walk(frame.payload, partition_count);
  ReadBatch batch;
  while (walk.next(batch))
    result.summary.add_batch(batch.partition, batch.first, batch.record_count);
  if (!walk.ok()) {
    result.damage.push_back({segment.name, frame.file_offset,
                             "the frame's batches are malformed; the rest is skipped"});
    result.summary.lost_records_max += records_in(frame.payload.size());
  }
  result.last = frame;
  result.last->payload = {};
}

// A frame whose front is whole says how much it held; else it may have been all that is left.
Result<std::uint64_t> records_of_tail(SegmentFile& segment, std::uint64_t from, std::uint64_t end) {
  char front[kFrameHeadBytes] = {};
  MOBILAKE_TRY(segment.file->read(from, front, sizeof front));
  const auto head = decode_frame_head({front, sizeof front});
  return records_in(std::min<std::uint64_t>(end - from, head ? head->payload_bytes : end - from));
}

}  // namespace

Result<SegmentFile> open_segment_file(Disk& disk, const std::string& folder,
                                      const std::string& file_name, std::uint16_t partition_count,
                                      OpenMode mode) {
  SegmentFile segment;
  segment.path = folder + "/" + file_name;
  segment.name = folder.substr(folder.find_last_of('/') + 1) + "/" + file_name;
  segment.identity.generation = parse_segment_file_name(file_name).value_or(0);
  MOBILAKE_ASSIGN(segment.file, disk.open(segment.path, mode));
  MOBILAKE_ASSIGN(segment.size_bytes, segment.file->size());
  MOBILAKE_TRY(read_headers(segment, partition_count));
  MOBILAKE_TRY(read_footer(segment, partition_count));
  // Whoever scans it reads it once.
  segment.file->bypass_cache();
  return segment;
}

std::optional<LogIncident> header_incident(const SegmentFile& segment) {
  if (segment.foreign_header)
    return LogIncident{segment.name, 0, "not a segment of this number; left alone"};
  if (segment.damaged_headers == 2)
    return LogIncident{segment.name, 0, "both copies of the header are damaged"};
  if (segment.damaged_headers == 1)
    return LogIncident{segment.name, 0, "one copy of the header is damaged"};
  return std::nullopt;
}

bool is_readable(const SegmentFile& segment, std::uint16_t partition_count) {
  return !segment.foreign_header && segment.size_bytes >= header_bytes(partition_count);
}

Result<ScanResult> scan_segment(SegmentFile& segment, std::uint16_t partition_count,
                                std::optional<std::uint64_t> end) {
  ScanResult result;
  const std::uint64_t begin = header_bytes(partition_count);
  const bool end_is_known = end.has_value() || segment.summary.has_value();
  if (!end) end = segment.summary ? segment.summary->data_end : segment.size_bytes;
  result.summary.partition_count = partition_count;
  result.summary.data_end = begin;
  FrameStream stream(*segment.file, segment.identity, begin);
  while (true) {
    MOBILAKE_ASSIGN(const bool more, stream.fill(*end, kScanBytes));
    if (!more) break;
    while (const auto frame = stream.next())
      note_frame(segment, *frame, partition_count, result);
  }
  if (stream.open_gap() && (end_is_known || stream.gap_is_suspicious())) {
    result.bad_tail = LogIncident{segment.name, *stream.open_gap(), "the last frame is not whole"};
    MOBILAKE_ASSIGN(const std::uint64_t lost, records_of_tail(segment, *stream.open_gap(), *end));
    result.summary.lost_records_max += lost;
  }
  segment.identity = stream.identity();
  return result;
}

}  // namespace mobilake::log

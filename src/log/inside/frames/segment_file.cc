// SPDX-License-Identifier: Apache-2.0
#include "log/inside/frames/segment_file.h"

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

Result<> read_footer(SegmentFile& segment) {
  if (segment.size_bytes < kBlockBytes) return {};
  char trailer[kTrailerBytes];
  MOBILAKE_TRY(segment.file->read(segment.size_bytes - kTrailerBytes, trailer, kTrailerBytes));
  const auto size = decode_trailer({trailer, kTrailerBytes}, segment.identity.generation);
  if (!size || *size > segment.size_bytes) return {};
  MOBILAKE_ASSIGN(const std::string footer,
                  segment.file->read_exactly(segment.size_bytes - *size, *size));
  segment.summary = decode_footer(footer, segment.identity.generation);
  return {};
}

std::string file_name(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

void note_frame(const FrameView& frame, std::uint16_t partition_count, ScanResult& result) {
  result.summary.add_frame(frame.file_offset, frame.frame_end);
  BatchWalk walk(frame.payload, partition_count);
  ReadBatch batch;
  while (walk.next(batch))
    result.summary.add_batch(batch.partition, batch.first, batch.record_count);
}

}  // namespace

Result<SegmentFile> open_segment_file(Disk& disk, const std::string& folder,
                                      const std::string& name, std::uint16_t partition_count,
                                      OpenMode mode) {
  SegmentFile segment;
  segment.path = folder + "/" + name;
  segment.identity.generation = parse_segment_file_name(name).value_or(0);
  MOBILAKE_ASSIGN(segment.file, disk.open(segment.path, mode));
  MOBILAKE_ASSIGN(segment.size_bytes, segment.file->size());
  MOBILAKE_TRY(read_headers(segment, partition_count));
  MOBILAKE_TRY(read_footer(segment));
  return segment;
}

Result<ScanResult> scan_segment(SegmentFile& segment, std::uint16_t partition_count) {
  ScanResult result;
  const std::uint64_t begin = header_bytes(partition_count);
  const std::uint64_t end = segment.summary ? segment.summary->data_end : segment.size_bytes;
  result.summary.partition_count = partition_count;
  result.summary.data_end = begin;
  FrameStream stream(*segment.file, segment.identity, begin);
  const std::string file = file_name(segment.path);
  while (true) {
    MOBILAKE_ASSIGN(const bool more, stream.fill(end, kScanBytes));
    if (!more) break;
    while (const auto frame = stream.next()) {
      if (frame->gap_from)
        result.damage.push_back({file, *frame->gap_from,
                                 fmt::format("damaged up to {}, before frame {}; skipped",
                                             frame->file_offset, frame->number)});
      note_frame(*frame, partition_count, result);
      result.last = frame;
      result.last->payload = {};
    }
  }
  if (stream.open_gap() && (segment.summary || stream.gap_is_suspicious()))
    result.bad_tail = LogIncident{file, *stream.open_gap(), "the last frame is not whole"};
  segment.identity = stream.identity();
  return result;
}

}  // namespace mobilake::log

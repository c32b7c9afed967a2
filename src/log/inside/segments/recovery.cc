// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/recovery.h"

#include <algorithm>

#include "log/inside/frames/segment_file.h"

namespace mobilake::log {
namespace {

// An earlier process may have died after a failed sync, which leaves pages that read well, count as
// clean and are not on disk. Written once more, the last frame is made durable by the sync that
// follows.
Result<> write_again(File& file, const FrameView& frame) {
  MOBILAKE_ASSIGN(const std::string bytes,
                  file.read_exactly(frame.file_offset, frame.frame_end - frame.file_offset));
  return file.write(frame.file_offset, bytes);
}

// Returns whether no frame was ever begun in the segment, as far as one can tell.
Result<bool> scan_and_seal(SegmentFile& segment, std::uint16_t partition_count, Doors doors,
                           IncidentList& incidents) {
  MOBILAKE_ASSIGN(ScanResult scan, scan_segment(segment, partition_count));
  for (const LogIncident& damage : scan.damage)
    incidents.note(damage);
  if (scan.bad_tail) {
    scan.bad_tail->what =
        "the last frame is not whole and was dropped; its records were not acked, "
        "unless the file was damaged later";
    incidents.note(*scan.bad_tail);
  }
  scan.summary.sealed_at = doors.clock.now();
  if (scan.last) MOBILAKE_TRY(write_again(*segment.file, *scan.last));
  MOBILAKE_ASSIGN(segment.size_bytes,
                  seal_segment(*segment.file, segment.identity, scan.summary, false));
  segment.summary = std::move(scan.summary);
  return !scan.last && !scan.bad_tail && segment.damaged_headers == 0;
}

void note_offsets(const SegmentFile& segment, std::vector<Offset>& next) {
  const auto raise = [&](PartitionId partition, Offset offset) {
    if (partition.value() < next.size())
      next[partition.value()] = std::max(next[partition.value()], offset);
  };
  if (segment.header)
    for (const auto& [partition, offset] : segment.header->next)
      raise(partition, offset);
  for (const auto& [partition, range] : segment.summary->ranges)
    raise(partition, range.next);
}

void note_headers(const SegmentFile& segment, const std::string& name, IncidentList& incidents) {
  if (segment.damaged_headers == 1) incidents.note({name, 0, "one copy of the header is damaged"});
  if (segment.damaged_headers == 2)
    incidents.note({name, 0, "both copies of the header are damaged"});
}

SegmentState as_state(const SegmentFile& segment) {
  SegmentState state;
  state.segment = std::make_shared<const Segment>(Segment{
      segment.identity.generation, segment.header ? segment.header->writer : std::uint16_t{0}, true,
      segment.path, segment.identity});
  state.size_bytes = segment.size_bytes;
  state.summary = std::make_shared<const SegmentSummary>(*segment.summary);
  state.durable_end = state.summary->data_end;
  state.frame_count = state.summary->frame_count;
  state.record_count = state.summary->record_count;
  state.sealed = true;
  return state;
}

}  // namespace

Result<RecoveredSegments> recover_segments(const std::string& folder, std::uint16_t partition_count,
                                           Doors doors, IncidentList& incidents) {
  RecoveredSegments found;
  found.next.resize(partition_count);
  MOBILAKE_ASSIGN(const auto names, doors.disk.list(folder));
  for (const std::string& name : names) {
    if (name.starts_with("spare-")) found.spares.push_back(name);
    const auto number = parse_segment_file_name(name);
    if (!number) continue;
    found.next_number = std::max(found.next_number, *number + 1);
    MOBILAKE_ASSIGN(auto segment, open_segment_file(doors.disk, folder, name, partition_count,
                                                    OpenMode::kReadWrite));
    note_headers(segment, name, incidents);
    if (segment.foreign_header || segment.size_bytes < header_bytes(partition_count)) {
      incidents.note({name, 0, "not a segment of this number; left alone"});
      continue;
    }
    if (!segment.summary) {
      MOBILAKE_ASSIGN(const bool empty, scan_and_seal(segment, partition_count, doors, incidents));
      if (empty) found.empty.push_back(*number);
    }
    note_offsets(segment, found.next);
    found.size_bytes += segment.size_bytes;
    found.segments.push_back(as_state(segment));
  }
  return found;
}

Result<std::uint64_t> seal_segment(File& file, const SegmentIdentity& identity,
                                   const SegmentSummary& summary, bool keep_size) {
  const std::string footer = encode_footer(identity, summary);
  MOBILAKE_ASSIGN(const std::uint64_t size, file.size());
  const std::uint64_t end = keep_size ? size : summary.data_end + footer.size();
  MOBILAKE_TRY(file.write(end - footer.size(), footer));
  MOBILAKE_TRY(file.sync());
  if (end < size) {
    MOBILAKE_TRY(file.truncate(end));
    MOBILAKE_TRY(file.sync());
  }
  return end;
}

}  // namespace mobilake::log

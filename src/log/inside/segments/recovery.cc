// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/recovery.h"

#include <algorithm>

#include "log/inside/segments/offset_floors.h"

namespace mobilake::log {
namespace {

/// Gathers, from all that is left, the next offset of every partition.
class OffsetSurvey {
 public:
  explicit OffsetSurvey(std::uint16_t partition_count)
      : known_(partition_count), ranged_(partition_count) {}

  /// Takes what was saved before segments went. Without it none ever went, and all begin at 0.
  void begin(const std::optional<Positions>& floors) {
    if (!floors)
      std::fill(known_.begin(), known_.end(), Offset(0));
    else
      for (const auto& [partition, offset] : *floors)
        raise(partition, offset);
  }

  /// Takes what a segment says. So many records as its summary calls lost may have been damaged in
  /// each of its partitions, though somebody may have read them before.
  void take(const SegmentFile& segment) {
    if (segment.header)
      for (const auto& [partition, offset] : segment.header->next)
        raise(partition, offset);
    for (const auto& [partition, range] : segment.summary->ranges) {
      if (partition.value() >= ranged_.size()) continue;
      auto& found = ranged_[partition.value()];
      found = std::max(found.value_or(Offset(0)), range.next);
      auto& known = known_[partition.value()];
      if (known) known = std::max(*known, range.next);
    }
    if (segment.summary->lost_records_max > 0) skip_lost(segment);
  }

  /// Takes that a segment cannot be read at all: only later headers know.
  void forget() { std::fill(known_.begin(), known_.end(), std::nullopt); }

  void finish(RecoveredSegments& found) const {
    found.next = known_;
    // Nobody counts that far: damage with a right sum. Half of what a batch may claim, so that what
    // is appended can be read.
    for (auto& next : found.next)
      if (next && next->value() >= kOffsetEnd / 2) next.reset();
    for (std::size_t p = 0; p < known_.size(); ++p)
      found.durable.push_back(ranged_[p].value_or(known_[p].value_or(Offset(0))));
  }

 private:
  void raise(PartitionId partition, Offset offset) {
    if (partition.value() >= known_.size()) return;
    auto& known = known_[partition.value()];
    const Offset seen = ranged_[partition.value()].value_or(Offset(0));
    known = std::max({known.value_or(Offset(0)), offset, seen});
  }

  void skip_lost(const SegmentFile& segment) {
    const std::uint64_t lost = segment.summary->lost_records_max;
    for (std::size_t p = 0; p < known_.size(); ++p) {
      const PartitionId partition(static_cast<std::uint16_t>(p));
      const bool owned = !segment.header || segment.header->next.contains(partition);
      if (owned && known_[p]) known_[p] = Offset(known_[p]->value() + lost);
    }
  }

  std::vector<std::optional<Offset>> known_;
  std::vector<std::optional<Offset>> ranged_;
};

// An earlier process may have died after a failed sync, which leaves pages that read well, count as
// clean and are not on disk. Written once more, the last frame is made durable by the sync that
// follows.
Result<> write_again(File& file, const FrameView& frame) {
  MOBILAKE_ASSIGN(const std::string bytes,
                  file.read_exactly(frame.file_offset, frame.frame_end - frame.file_offset));
  return file.write(frame.file_offset, bytes);
}

/// How a segment without a footer was left.
struct Scanned {
  bool empty = false;  ///< no frame was ever begun, as far as one can tell
  bool sealed = true;
};

Result<Scanned> scan_and_seal(SegmentFile& segment, std::uint16_t partition_count, Doors doors,
                              IncidentList& incidents) {
  MOBILAKE_ASSIGN(ScanResult scan, scan_segment(segment, partition_count));
  for (const LogIncident& damage : scan.damage)
    incidents.note(damage);
  if (scan.bad_tail) {
    scan.bad_tail->what =
        "the last frame is not whole and was dropped; its records were not acked, "
        "unless the file was damaged later; its bytes are kept";
    incidents.note(*scan.bad_tail);
  }
  scan.summary.sealed_at = doors.clock.now();
  if (scan.last) MOBILAKE_TRY(write_again(*segment.file, *scan.last));
  const auto place = scan.bad_tail ? FooterPlace::kEndOfFile : FooterPlace::kBehindFrames;
  auto sealed = seal_segment(*segment.file, segment.identity, scan.summary, place);
  if (!sealed.ok()) {
    // On a full disk the frames are read all the same; housekeeping seals when there is space.
    if (sealed.error().code != Code::kExhausted) return std::move(sealed).error();
    MOBILAKE_TRY(segment.file->sync());
  } else {
    segment.size_bytes = *sealed;
  }
  segment.summary = std::move(scan.summary);
  const bool empty = !scan.last && !scan.bad_tail && segment.damaged_headers == 0;
  return Scanned{empty, sealed.ok()};
}

Result<std::optional<Positions>> load_floors(const std::string& folder, Disk& disk,
                                             IncidentList& incidents) {
  auto loaded = OffsetFloors(folder + "/offsets").load(disk);
  if (loaded.ok() || loaded.error().code != Code::kCorrupt) return loaded;
  incidents.note({folder.substr(folder.find_last_of('/') + 1) + "/offsets", 0,
                  "the saved offsets are damaged; the segments' headers tell them"});
  return std::optional(Positions{});
}

}  // namespace

Result<RecoveredSegments> recover_segments(const std::string& folder, std::uint16_t partition_count,
                                           Doors doors, IncidentList& incidents) {
  RecoveredSegments found;
  OffsetSurvey survey(partition_count);
  MOBILAKE_ASSIGN(const auto floors, load_floors(folder, doors.disk, incidents));
  survey.begin(floors);
  MOBILAKE_ASSIGN(const auto names, doors.disk.list(folder));
  for (const std::string& name : names) {
    if (name.starts_with("spare-")) found.spares.push_back(name);
    const auto number = parse_segment_file_name(name);
    if (!number) continue;
    found.next_number = std::max(found.next_number, *number + 1);
    MOBILAKE_ASSIGN(auto segment, open_segment_file(doors.disk, folder, name, partition_count,
                                                    OpenMode::kReadWrite));
    if (auto incident = header_incident(segment)) incidents.note(std::move(*incident));
    if (!is_readable(segment, partition_count)) {
      // A whole header of another number: somebody's copy, never a segment of this log.
      if (!segment.foreign_header) survey.forget();
      continue;
    }
    Scanned scanned;
    if (!segment.summary) {
      MOBILAKE_ASSIGN(scanned, scan_and_seal(segment, partition_count, doors, incidents));
      if (scanned.empty) found.empty.push_back(*number);
    }
    survey.take(segment);
    found.size_bytes += segment.size_bytes;
    found.segments.push_back(state_of(segment, scanned.sealed));
  }
  survey.finish(found);
  return found;
}

SegmentState state_of(const SegmentFile& segment, bool sealed) {
  SegmentState state;
  state.segment = std::make_shared<const Segment>(Segment{
      segment.identity.generation, segment.header ? segment.header->writer : std::uint16_t{0}, true,
      segment.path, segment.name, segment.identity});
  state.size_bytes = segment.size_bytes;
  state.summary = std::make_shared<const SegmentSummary>(*segment.summary);
  state.durable_end = state.summary->data_end;
  state.frame_count = state.summary->frame_count;
  state.record_count = state.summary->record_count;
  state.sealed = sealed;
  return state;
}

Result<std::uint64_t> seal_segment(File& file, const SegmentIdentity& identity,
                                   const SegmentSummary& summary, FooterPlace place) {
  const std::string footer = encode_footer(identity, summary);
  MOBILAKE_ASSIGN(const std::uint64_t size, file.size());
  const std::uint64_t behind = summary.data_end + footer.size();
  const std::uint64_t end = place == FooterPlace::kEndOfFile ? std::max(size, behind) : behind;
  MOBILAKE_TRY(file.write(end - footer.size(), footer));
  MOBILAKE_TRY(file.sync());
  if (end < size) {
    MOBILAKE_TRY(file.truncate(end));
    MOBILAKE_TRY(file.sync());
  }
  return end;
}

}  // namespace mobilake::log

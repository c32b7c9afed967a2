// SPDX-License-Identifier: Apache-2.0
#include "log/inside/frames/segment_check.h"

#include <fmt/format.h>

#include <map>

namespace mobilake::log {
namespace {

constexpr std::size_t kCheckBytes = 1 << 20;

/// Checks what the frames of one segment say of each other: offsets rise, records are whole.
class FrameCheck {
 public:
  FrameCheck(const SegmentFile& segment, std::uint16_t partition_count, SegmentCheck& out)
      : segment_(segment), partition_count_(partition_count), out_(out) {}

  void take(const FrameView& frame) {
    if (frame.gap_from)
      note(*frame.gap_from,
           fmt::format("damaged up to {}, before frame {}", frame.file_offset, frame.number));
    else if (expected_number_ && frame.number != *expected_number_)
      note(frame.file_offset,
           fmt::format("frame {} stands where {} should", frame.number, *expected_number_));
    expected_number_ = frame.number + 1;
    out_.frame_count += 1;
    BatchWalk walk(frame.payload, partition_count_);
    ReadBatch batch;
    while (walk.next(batch))
      take(frame, batch);
    if (!walk.ok()) note(frame.file_offset, "the frame's batches are malformed");
  }

 private:
  void take(const FrameView& frame, const ReadBatch& batch) {
    out_.record_count += batch.record_count;
    Offset& next = next_[batch.partition];
    if (batch.first < next)
      note(frame.file_offset, fmt::format("partition {} goes back from offset {} to {}",
                                          batch.partition, next, batch.first));
    next = Offset(batch.first.value() + batch.record_count);
    RecordCursor records(batch.bytes);
    RecordView record;
    std::uint32_t count = 0;
    while (records.next(record))
      ++count;
    if (count != batch.record_count || !records.at_end())
      note(frame.file_offset, fmt::format("a batch of partition {} has {} whole records of {}",
                                          batch.partition, count, batch.record_count));
  }

  void note(std::uint64_t file_offset, std::string what) {
    out_.incidents.push_back({segment_.name, file_offset, std::move(what)});
  }

  const SegmentFile& segment_;
  const std::uint16_t partition_count_;
  SegmentCheck& out_;
  std::optional<std::uint32_t> expected_number_;
  std::map<PartitionId, Offset> next_;
};

// Recovery keeps the bytes of a frame that it dropped; they tell that something was there.
Result<> look_behind(SegmentFile& segment, SegmentCheck& check) {
  const std::uint64_t end = segment.summary->data_end;
  char front[kFrameHeadBytes] = {};
  MOBILAKE_ASSIGN(const std::size_t got, segment.file->read(end, front, sizeof front));
  if (got == sizeof front && looks_like_frame_of({front, got}, segment.identity))
    check.incidents.push_back(
        {segment.name, end, "recovery dropped a frame that was not whole; its bytes are kept"});
  return {};
}

}  // namespace

Result<SegmentCheck> check_segment(SegmentFile& segment, std::uint16_t partition_count,
                                   std::optional<std::uint64_t> durable_end) {
  SegmentCheck check;
  if (auto incident = header_incident(segment)) check.incidents.push_back(std::move(*incident));
  if (!is_readable(segment, partition_count)) return check;
  const bool end_is_known = durable_end.has_value() || segment.summary.has_value();
  const std::uint64_t end =
      durable_end.value_or(segment.summary ? segment.summary->data_end : segment.size_bytes);
  FrameCheck frames(segment, partition_count, check);
  FrameStream stream(*segment.file, segment.identity, header_bytes(partition_count));
  while (true) {
    MOBILAKE_ASSIGN(const bool more, stream.fill(end, kCheckBytes));
    if (!more) break;
    while (const auto frame = stream.next())
      frames.take(*frame);
  }
  if (stream.open_gap() && (end_is_known || stream.gap_is_suspicious()))
    check.incidents.push_back({segment.name, *stream.open_gap(), "the last frame is not whole"});
  if (!segment.summary || durable_end) return check;
  if (segment.summary->frame_count != check.frame_count ||
      segment.summary->record_count != check.record_count)
    check.incidents.push_back(
        {segment.name, segment.summary->data_end,
         fmt::format("the footer counts {} frames and {} records, found were {} and {}",
                     segment.summary->frame_count, segment.summary->record_count, check.frame_count,
                     check.record_count)});
  MOBILAKE_TRY(look_behind(segment, check));
  return check;
}

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segmented_reader.h"

#include <algorithm>
#include <set>

namespace mobilake::log {

SegmentedReader::SegmentedReader(Disk& disk, SegmentList& list, RecentFrames& recent,
                                 IncidentList& incidents, std::vector<Offset> from)
    : disk_(disk), list_(list), recent_(recent), incidents_(incidents), from_(std::move(from)) {
  recent_.enter();
}

SegmentedReader::~SegmentedReader() {
  recent_.leave();
}

Result<std::vector<ReadBatch>> SegmentedReader::next(std::size_t bytes_max,
                                                     std::chrono::milliseconds wait) {
  lent_.clear();
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (!stopped_.load()) {
    const std::uint64_t seen = list_.version();
    MOBILAKE_ASSIGN(auto batches, read_some(bytes_max));
    if (!batches.empty()) return batches;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || stopped_.load()) break;
    list_.wait_for_change(seen, left);
  }
  return std::vector<ReadBatch>{};
}

void SegmentedReader::stop() {
  stopped_.store(true);
  list_.wake();
}

Result<std::vector<ReadBatch>> SegmentedReader::read_some(std::size_t bytes_max) {
  while (!stopped_.load()) {
    auto states = readable();
    if (states.empty()) break;
    // Each writer in turn: behind the segment served last, then from the front.
    const auto behind = std::find_if(states.begin(), states.end(), [&](const SegmentState& state) {
      return state.segment->number > last_served_;
    });
    std::rotate(states.begin(), behind, states.end());
    bool finished_one = false;
    for (const SegmentState& state : states) {
      MOBILAKE_ASSIGN(auto batches, read_segment(state, bytes_max));
      if (!batches.empty()) {
        last_served_ = state.segment->number;
        return batches;
      }
      finished_one = finished_one || cursors_[state.segment->number].finished;
    }
    // A finished segment may have been all that held its writer's next one back.
    if (!finished_one) break;
  }
  return std::vector<ReadBatch>{};
}

// Returns the segments that may be read now: per writer the first unfinished one, and none of this
// process before those of earlier ones are done, since a partition may have changed its writer.
std::vector<SegmentState> SegmentedReader::readable() {
  std::vector<SegmentState> states = list_.snapshot(first_unfinished_);
  const std::uint64_t oldest = states.empty() ? 0 : states.front().segment->number;
  std::erase_if(cursors_, [&](const auto& entry) { return entry.first < oldest; });
  std::vector<SegmentState> now;
  std::set<std::uint16_t> busy_writers;
  bool unfinished = false;
  for (SegmentState& state : states) {
    const auto cursor = cursors_.find(state.segment->number);
    if (cursor != cursors_.end() && cursor->second.finished) {
      if (!unfinished) first_unfinished_ = state.segment->number + 1;
      continue;
    }
    unfinished = true;
    const bool inherited = state.segment->inherited;
    if (inherited && !now.empty()) break;
    if (busy_writers.insert(state.segment->writer).second) now.push_back(std::move(state));
    if (inherited) break;
  }
  return now;
}

Result<std::vector<ReadBatch>> SegmentedReader::read_segment(const SegmentState& state,
                                                             std::size_t bytes_max) {
  std::vector<ReadBatch> batches;
  MOBILAKE_ASSIGN(Cursor* const cursor, cursor_of(state));
  FrameStream* const stream = cursor->stream ? &*cursor->stream : nullptr;
  while (stream != nullptr && batches.empty()) {
    take_recent(state, *cursor, bytes_max, batches);
    if (!batches.empty()) break;
    std::uint64_t end = state.durable_end;
    if (state.summary) end = std::min(end, skip_unwanted(*state.summary, *stream));
    MOBILAKE_ASSIGN(const bool more, stream->fill(end, std::max(bytes_max, kBlockBytes)));
    // Short of the durable end the stream stands before a span to skip.
    if (!more && stream->position() >= state.durable_end) break;
    while (const auto frame = stream->next())
      take_frame(*frame, *cursor, batches);
  }
  const bool at_end = stream == nullptr || stream->position() >= state.durable_end;
  if (state.summary && at_end && !cursor->finished) {
    cursor->finished = true;
    if (stream != nullptr && stream->open_gap())
      note(*cursor->segment, *stream->open_gap(), "damaged up to the end; skipped");
  }
  return batches;
}

// Takes what is still in memory from the cursor on.
void SegmentedReader::take_recent(const SegmentState& state, Cursor& cursor, std::size_t bytes_max,
                                  std::vector<ReadBatch>& out) {
  std::size_t bytes = 0;
  while (bytes < bytes_max && cursor.stream->position() < state.durable_end) {
    FramePointer frame = recent_.take(state.segment->number, cursor.stream->position());
    if (!frame) return;
    bytes += frame->size();
    take_frame(cursor.stream->take(frame->bytes()), cursor, out);
    lent_.push_back(std::move(frame));
  }
}

Result<SegmentedReader::Cursor*> SegmentedReader::cursor_of(const SegmentState& state) {
  const auto [entry, fresh] = cursors_.try_emplace(state.segment->number);
  Cursor& cursor = entry->second;
  // What holds nothing wanted is finished without being opened.
  if (!fresh || (state.summary && !wants_any(*state.summary))) return &cursor;
  auto file = disk_.open(state.segment->path, OpenMode::kRead);
  if (!file.ok()) {
    cursors_.erase(entry);
    return std::move(file).error();
  }
  cursor.segment = state.segment;
  cursor.file = std::move(file).value();
  // What is read from files fell behind and is read once.
  cursor.file->bypass_cache();
  cursor.stream.emplace(*cursor.file, state.segment->identity,
                        header_bytes(static_cast<std::uint16_t>(from_.size())));
  return &cursor;
}

// Moves the stream over index spans without a wanted partition; returns where the next such span
// begins.
std::uint64_t SegmentedReader::skip_unwanted(const SegmentSummary& summary,
                                             FrameStream& stream) const {
  const auto& index = summary.index;
  auto entry = std::upper_bound(
      index.begin(), index.end(), stream.position(),
      [](std::uint64_t offset, const IndexEntry& e) { return offset < e.file_offset; });
  if (entry != index.begin()) --entry;
  while (entry != index.end() && !wants(summary, *entry))
    ++entry;
  stream.skip_to(entry == index.end() ? summary.data_end : entry->file_offset);
  while (entry != index.end() && wants(summary, *entry))
    ++entry;
  return entry == index.end() ? summary.data_end : entry->file_offset;
}

bool SegmentedReader::wants_any(const SegmentSummary& summary) const {
  return std::any_of(summary.ranges.begin(), summary.ranges.end(), [&](const auto& range) {
    return from_[range.first.value()] < range.second.next;
  });
}

bool SegmentedReader::wants(const SegmentSummary& summary, const IndexEntry& entry) const {
  return std::any_of(summary.ranges.begin(), summary.ranges.end(), [&](const auto& range) {
    return entry.has(range.first) && from_[range.first.value()] < range.second.next;
  });
}

void SegmentedReader::take_frame(const FrameView& frame, const Cursor& cursor,
                                 std::vector<ReadBatch>& out) {
  if (frame.gap_from)
    note(
        *cursor.segment, *frame.gap_from,
        fmt::format("damaged up to {}, before frame {}; skipped", frame.file_offset, frame.number));
  BatchWalk walk(frame.payload, static_cast<std::uint16_t>(from_.size()));
  ReadBatch batch;
  while (walk.next(batch)) {
    if (!cut_batch(batch, from_[batch.partition.value()])) continue;
    from_[batch.partition.value()] = Offset(batch.first.value() + batch.record_count);
    out.push_back(batch);
  }
  if (!walk.ok())
    note(*cursor.segment, frame.file_offset,
         "the frame's batches are malformed; the rest is skipped");
}

void SegmentedReader::note(const Segment& segment, std::uint64_t offset, std::string what) {
  incidents_.note({segment.name, offset, std::move(what)});
}

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segment_writer.h"

#include <algorithm>

#include "base/crc32c.h"

namespace mobilake::log {
namespace {

std::uint64_t bytes_in_frame(const RecordBatch& batch) {
  return kBatchHeadBytes + batch.stream().size() + batch.bytes().size();
}

}  // namespace

SegmentWriter::SegmentWriter(Options options, Positions owned, SegmentList& list,
                             RecentFrames& recent, SegmentPool& pool, Doors doors)
    : options_(std::move(options)),
      next_(std::move(owned)),
      list_(list),
      recent_(recent),
      pool_(pool),
      doors_(doors) {}

Result<> SegmentWriter::start() {
  auto spare = pool_.take();
  if (spare.ok()) return roll(std::move(spare).value());
  if (spare.error().code == Code::kExhausted) return {};
  return std::move(spare).error();
}

void SegmentWriter::commit_turn(std::vector<Append>& turn) {
  std::span<Append> left(turn);
  while (!left.empty()) {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    const std::uint64_t capacity = frame_capacity(options_.segment_bytes, options_.partition_count);
    const std::uint64_t most = std::min(options_.frame_bytes, capacity - kFrameHeadBytes);
    while (count < left.size()) {
      bytes += bytes_in_frame(left[count].batch);
      if (count > 0 && bytes > most) break;
      ++count;
    }
    const std::span<Append> frame = left.first(count);
    const Result<> done = write_frame(frame);
    for (std::size_t i = 0; i < count; ++i) {
      if (done.ok())
        frame[i].on_durable(firsts_[i]);
      else
        frame[i].on_durable(done.error());
    }
    left = left.subspan(count);
  }
  turn.clear();
}

std::optional<Error> SegmentWriter::refusal() {
  return *read_only_.lock();
}

Result<> SegmentWriter::write_frame(std::span<Append> appends) {
  if (const auto why = refusal()) return *why;
  std::uint64_t size = kFrameHeadBytes;
  for (const Append& append : appends)
    size += bytes_in_frame(append.batch);
  size = whole_blocks(size);
  MOBILAKE_TRY(make_room(size));
  lay_out(appends, size);
  if (auto written = file_->write(end_, frame_.bytes()); !written.ok())
    return fail(written.error());
  // Sync before any answer: a vehicle may drop its copy once it sees the ack.
  if (auto synced = file_->sync(); !synced.ok()) return fail(synced.error());
  summary_.add_frame(end_, end_ + size);
  for (std::size_t i = 0; i < appends.size(); ++i) {
    const RecordBatch& batch = appends[i].batch;
    summary_.add_batch(batch.partition(), firsts_[i], batch.record_count());
  }
  // Before readers hear of it.
  frame_ = recent_.keep(segment_->number, end_, std::move(frame_));
  end_ += size;
  durable_.frame_end = end_;
  list_.publish(*segment_, durable_);
  return {};
}

Result<> SegmentWriter::make_room(std::uint64_t frame_bytes) {
  if (file_ && end_ + frame_bytes <= limit_) return {};
  MOBILAKE_ASSIGN(SpareSegment spare, pool_.take());
  if (auto rolled = roll(std::move(spare)); !rolled.ok()) return fail(rolled.error());
  return {};
}

Result<> SegmentWriter::roll(SpareSegment spare) {
  SegmentHeader header;
  header.generation = list_.take_number();
  header.tag = static_cast<std::uint32_t>(doors_.random.next());
  header.family = options_.family;
  header.writer = options_.writer;
  header.partition_count = options_.partition_count;
  header.created_at = doors_.clock.now();
  header.next = next_;
  MOBILAKE_TRY(spare.file->write(0, encode_header(header)));
  MOBILAKE_TRY(spare.file->sync());
  // The name comes last: a file named as a segment has whole headers.
  const std::string path = options_.folder + "/" + segment_file_name(header.generation);
  MOBILAKE_TRY(doors_.disk.rename(spare.path, path));
  MOBILAKE_TRY(doors_.disk.sync_directory(options_.folder));

  SegmentState fresh;
  const std::string folder = options_.folder.substr(options_.folder.find_last_of('/') + 1);
  fresh.segment =
      std::make_shared<const Segment>(Segment{header.generation,
                                              options_.writer,
                                              false,
                                              path,
                                              folder + "/" + segment_file_name(header.generation),
                                              {header.generation, header.tag}});
  fresh.durable_end = header_bytes(options_.partition_count);
  fresh.size_bytes = options_.segment_bytes;
  SummaryPointer old_summary;
  if (segment_) {
    summary_.sealed_at = doors_.clock.now();
    old_summary = std::make_shared<const SegmentSummary>(std::move(summary_));
  }
  const SegmentPointer old = std::exchange(segment_, fresh.segment);
  file_ = std::move(spare.file);
  file_->bypass_cache();
  end_ = fresh.durable_end;
  limit_ = end_ + frame_capacity(options_.segment_bytes, options_.partition_count);
  summary_ = SegmentSummary{};
  summary_.partition_count = options_.partition_count;
  summary_.data_end = end_;
  list_.roll(old.get(), std::move(old_summary), std::move(fresh));
  return {};
}

void SegmentWriter::lay_out(std::span<Append> appends, std::uint64_t size) {
  frame_.reset(size);
  firsts_.clear();
  durable_.next.clear();
  durable_.record_count = 0;
  char* const payload = frame_.data() + kFrameHeadBytes;
  char* at = payload;
  for (const Append& append : appends) {
    const RecordBatch& batch = append.batch;
    const Offset first = count_in(batch);
    encode_batch_head({static_cast<std::uint32_t>(batch.bytes().size()), batch.record_count(),
                       first, batch.partition(), static_cast<std::uint16_t>(batch.stream().size())},
                      at);
    at = std::copy(batch.stream().begin(), batch.stream().end(), at + kBatchHeadBytes);
    at = std::copy(batch.bytes().begin(), batch.bytes().end(), at);
  }
  std::fill(at, frame_.data() + size, '\0');
  const std::string_view bytes(payload, static_cast<std::size_t>(at - payload));
  encode_frame_head({static_cast<std::uint32_t>(bytes.size()), segment_->identity.generation,
                     summary_.frame_count, *segment_->identity.tag, base::crc32c(bytes)},
                    frame_.data());
}

// Gives the batch its offsets. Counted on before the write: when that fails, the writer never
// writes again.
Offset SegmentWriter::count_in(const RecordBatch& batch) {
  Offset& next = next_.find(batch.partition())->second;
  const Offset first = next;
  next = Offset(first.value() + batch.record_count());
  firsts_.push_back(first);
  durable_.next.emplace_back(batch.partition(), next);
  durable_.record_count += batch.record_count();
  return first;
}

Result<> SegmentWriter::fail(Error error) {
  auto read_only = read_only_.lock();
  *read_only = unavailable("the log's {} writer {} is read-only after: {}",
                           options_.family == Family::kData ? "data" : "system", options_.writer,
                           error.message);
  return **read_only;
}

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/log_family.h"

#include "log/inside/segmented_reader.h"

namespace mobilake::log {

Result<std::unique_ptr<LogFamily>> LogFamily::open(Options options, Doors doors, DiskBudget& budget,
                                                   IncidentList& incidents) {
  MOBILAKE_TRY(doors.disk.make_directories(options.folder));
  std::unique_ptr<LogFamily> family(new LogFamily(std::move(options), doors, budget, incidents));
  if (auto loaded = family->holds_.load(doors.disk); !loaded.ok()) {
    // Whom retention would pass is unknown, so it stays off while this process runs.
    if (loaded.error().code != Code::kCorrupt) return std::move(loaded).error();
    family->holds_known_ = false;
    incidents.note({"consumers", 0, loaded.error().message});
  }
  MOBILAKE_TRY(family->recover());
  return family;
}

LogFamily::LogFamily(Options options, Doors doors, DiskBudget& budget, IncidentList& incidents)
    : options_(std::move(options)),
      doors_(doors),
      budget_(budget),
      incidents_(incidents),
      holds_(options_.folder + "/consumers"),
      pool_({options_.folder, options_.config.segment_size.value, options_.spares_max}, doors,
            budget, [this] { return explain_budget(); }) {}

Result<> LogFamily::recover() {
  MOBILAKE_ASSIGN(auto found,
                  recover_segments(options_.folder, options_.partition_count, doors_, incidents_));
  budget_.count(found.size_bytes);
  for (const std::string& spare : found.spares)
    MOBILAKE_TRY(pool_.adopt(spare));
  const std::vector<Offset> next = found.next;
  list_ = std::make_unique<SegmentList>(std::move(found.segments), next, found.next_number);
  MOBILAKE_TRY(start_writers(next));
  // Only now: the new segments' headers keep the offsets that the empty ones' kept.
  for (const std::uint64_t number : found.empty)
    list_->drop(number);
  return {};
}

Result<> LogFamily::start_writers(const std::vector<Offset>& next) {
  for (std::uint16_t writer = 0; writer < options_.writer_count; ++writer) {
    Positions owned;
    for (std::size_t p = writer; p < next.size(); p += options_.writer_count)
      owned[PartitionId(static_cast<std::uint16_t>(p))] = next[p];
    writers_.push_back(std::make_unique<SegmentWriter>(
        SegmentWriter::Options{options_.folder, options_.family, writer, options_.partition_count,
                               options_.config.segment_size.value, options_.frame_bytes},
        std::move(owned), *list_, pool_, doors_));
    MOBILAKE_TRY(writers_.back()->start());
    loops_.push_back(std::make_unique<WriterLoop>(*writers_.back(), options_.mailbox_bytes_max));
  }
  if (options_.threads)
    for (auto& loop : loops_)
      loop->start();
  return {};
}

void LogFamily::append(Append append) {
  const RecordBatch& batch = append.batch;
  const std::uint16_t partition = batch.partition().value();
  const std::uint64_t bytes = batch.bytes().size() + batch.stream().size();
  const std::uint64_t most =
      frame_capacity(options_.config.segment_size.value, options_.partition_count) - kBlockBytes;
  if (batch.empty() || partition >= options_.partition_count || batch.stream().size() > UINT16_MAX)
    return append.on_durable(
        invalid("an append needs records, one of {} partitions and a stream name "
                "up to 65535 bytes: partition {}",
                options_.partition_count, partition));
  if (bytes > most)
    return append.on_durable(invalid("a batch fits no segment: {} bytes of {}", bytes, most));
  loops_[partition % loops_.size()]->append(std::move(append));
}

Result<std::unique_ptr<Reader>> LogFamily::open_reader(const Positions& from) {
  std::vector<Offset> offsets(options_.partition_count);
  for (const auto& [partition, offset] : from) {
    if (partition.value() >= offsets.size()) return invalid("no partition {}", partition);
    offsets[partition.value()] = offset;
  }
  return std::unique_ptr<Reader>(
      std::make_unique<SegmentedReader>(doors_.disk, *list_, incidents_, std::move(offsets)));
}

std::optional<Error> LogFamily::refusal() {
  for (auto& writer : writers_)
    if (auto why = writer->refusal()) return why;
  return pool_.refusal();
}

void LogFamily::add_infos(std::vector<SegmentInfo>& out) {
  const std::string folder = options_.folder.substr(options_.folder.find_last_of('/') + 1);
  for (const SegmentState& state : list_->snapshot())
    out.push_back({folder + "/" + segment_file_name(state.segment->number), options_.family,
                   state.segment->number, state.segment->writer, state.sealed, state.size_bytes,
                   state.frame_count, state.record_count});
}

void LogFamily::housekeep() {
  seal_complete();
  const auto report = [&](const Result<>& result, const char* place) {
    if (!result.ok() && result.error().code != Code::kExhausted)
      incidents_.note({options_.folder, 0, fmt::format("{}: {}", place, result.error().message)});
  };
  report(holds_.save(doors_.disk), "saving the consumers' positions");
  retire();
  for (const SegmentState& state : list_->take_unpinned())
    report(pool_.recycle(state.segment->path, state.size_bytes), "recycling a segment");
  report(pool_.refill(), "making a spare segment");
}

bool LogFamily::run_turns() {
  bool any = false;
  for (auto& loop : loops_)
    any = loop->run_turn() || any;
  return any;
}

void LogFamily::close() {
  for (auto& loop : loops_)
    loop->close();
  list_->wake();
}

void LogFamily::seal_complete() {
  for (const SegmentState& state : list_->snapshot()) {
    if (!state.summary || state.sealed || state.segment->number <= seal_tried_) continue;
    auto file = doors_.disk.open(state.segment->path, OpenMode::kReadWrite);
    auto sealed = file.ok() ? seal_segment(**file, state.segment->identity, *state.summary, true)
                            : Result<std::uint64_t>(file.error());
    if (sealed.ok()) {
      list_->note_sealed(*state.segment, *sealed);
    } else {
      seal_tried_ = state.segment->number;
      incidents_.note({segment_file_name(state.segment->number), 0,
                       fmt::format("sealing: {}", sealed.error().message)});
    }
  }
}

void LogFamily::retire() {
  if (!holds_known_) return;
  std::uint64_t total = 0;
  for (const SegmentState& state : list_->snapshot())
    total += state.size_bytes;
  const Timestamp now = doors_.clock.now();
  list_->retire([&](const SegmentState& state) {
    const bool old = state.summary->sealed_at + options_.config.retain_time < now;
    const bool large = total > options_.config.retain_size.value;
    if ((!old && !large) || holds_.holder_of(*state.summary)) return false;
    total -= state.size_bytes;
    return true;
  });
}

std::string LogFamily::explain_budget() {
  if (!list_) return "";
  for (const SegmentState& state : list_->snapshot()) {
    if (!state.summary) break;
    if (const auto holder = holds_.holder_of(*state.summary))
      return fmt::format(", since the consumer {} has yet to read {}", *holder,
                         segment_file_name(state.segment->number));
    break;
  }
  return "";
}

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/log_family.h"

#include <algorithm>

#include "log/inside/frames/segment_check.h"
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
    incidents.note({family->file_name("consumers"), 0, loaded.error().message});
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
      floors_(options_.folder + "/offsets"),
      pool_({options_.folder, options_.config.segment_size.value, options_.spares_max}, doors,
            budget, [this] { return explain_budget(); }),
      recent_(options_.recent_bytes) {}

Result<> LogFamily::recover() {
  MOBILAKE_ASSIGN(auto found,
                  recover_segments(options_.folder, options_.partition_count, doors_, incidents_));
  budget_.count(found.size_bytes);
  for (const std::string& spare : found.spares)
    MOBILAKE_TRY(pool_.adopt(spare));
  recovered_next_ = found.next;
  note_unknown_partitions();
  list_ = std::make_unique<SegmentList>(std::move(found.segments), std::move(found.durable),
                                        found.next_number);
  MOBILAKE_TRY(start_writers());
  // What their headers kept is in the new segments' headers or will be in the floors: housekeeping
  // recycles no file before one of both holds.
  for (const std::uint64_t number : found.empty)
    list_->drop(number);
  floors_saved_ = found.empty.empty();
  return {};
}

void LogFamily::note_unknown_partitions() {
  std::string unknown;
  for (std::size_t p = 0; p < recovered_next_.size(); ++p)
    if (!recovered_next_[p]) unknown += fmt::format("{}{}", unknown.empty() ? "" : ", ", p);
  if (!unknown.empty())
    incidents_.note({file_name("offsets"), 0,
                     fmt::format("damage hides the next offset of partitions {}: they take no "
                                 "appends",
                                 unknown)});
}

Result<> LogFamily::start_writers() {
  for (std::uint16_t writer = 0; writer < options_.writer_count; ++writer) {
    Positions owned;
    for (std::size_t p = writer; p < recovered_next_.size(); p += options_.writer_count)
      if (recovered_next_[p])
        owned[PartitionId(static_cast<std::uint16_t>(p))] = *recovered_next_[p];
    writers_.push_back(std::make_unique<SegmentWriter>(
        SegmentWriter::Options{options_.folder, options_.family, writer, options_.partition_count,
                               options_.config.segment_size.value, options_.frame_bytes},
        std::move(owned), *list_, recent_, pool_, doors_));
    MOBILAKE_TRY(writers_.back()->start());
    all_started_ = all_started_ && writers_.back()->has_segment();
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
  if (!recovered_next_[partition])
    return append.on_durable(
        unavailable("damage hides the next offset of the log's partition {}: {}", partition,
                    file_name("offsets")));
  loops_[partition % loops_.size()]->append(std::move(append));
}

Result<std::unique_ptr<Reader>> LogFamily::open_reader(const Positions& from) {
  std::vector<Offset> offsets(options_.partition_count);
  for (const auto& [partition, offset] : from) {
    if (partition.value() >= offsets.size()) return invalid("no partition {}", partition);
    offsets[partition.value()] = offset;
  }
  return std::unique_ptr<Reader>(std::make_unique<SegmentedReader>(doors_.disk, *list_, recent_,
                                                                   incidents_, std::move(offsets)));
}

std::optional<Error> LogFamily::refusal() {
  for (auto& writer : writers_)
    if (auto why = writer->refusal()) return why;
  return pool_.refusal();
}

void LogFamily::add_infos(std::vector<SegmentInfo>& out) {
  for (const SegmentState& state : list_->snapshot())
    out.push_back({state.segment->name, options_.family, state.segment->number,
                   state.segment->writer, state.sealed, state.size_bytes, state.frame_count,
                   state.record_count});
}

Result<> LogFamily::verify(LogVerdict& verdict) {
  // The snapshot pins the segments: none is recycled under the check.
  for (const SegmentState& state : list_->snapshot()) {
    MOBILAKE_ASSIGN(
        SegmentFile segment,
        open_segment_file(doors_.disk, options_.folder, segment_file_name(state.segment->number),
                          options_.partition_count, OpenMode::kRead));
    const auto end = state.sealed ? std::nullopt : std::optional(state.durable_end);
    MOBILAKE_ASSIGN(const SegmentCheck check,
                    check_segment(segment, options_.partition_count, end));
    verdict.segments += 1;
    verdict.frames += check.frame_count;
    verdict.records += check.record_count;
    verdict.incidents.insert(verdict.incidents.end(), check.incidents.begin(),
                             check.incidents.end());
    if (state.sealed && !segment.summary)
      verdict.incidents.push_back({segment.name, segment.size_bytes, "the footer is damaged"});
  }
  return {};
}

void LogFamily::housekeep() {
  // A writer may be waiting for a file, and those that retention gives back cost nothing: so what
  // is complete is sealed, retired and recycled before a new one is made.
  seal_complete();
  retire();
  recycle();
  report(pool_.refill(), "making a spare segment");
  report(holds_.save(doors_.disk), "saving the consumers' positions");
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
    auto sealed = file.ok() ? seal_segment(**file, state.segment->identity, *state.summary,
                                           FooterPlace::kEndOfFile)
                            : Result<std::uint64_t>(file.error());
    if (sealed.ok()) {
      list_->note_sealed(*state.segment, *sealed);
    } else if (sealed.error().code != Code::kExhausted) {
      seal_tried_ = state.segment->number;
      incidents_.note({state.segment->name, 0, fmt::format("sealing: {}", sealed.error().message)});
    }
  }
}

void LogFamily::retire() {
  if (!holds_known_) return;
  std::uint64_t total = 0;
  for (const SegmentState& state : list_->snapshot())
    total += state.size_bytes;
  const Timestamp now = doors_.clock.now();
  const std::size_t gone = list_->retire([&](const SegmentState& state) {
    const bool old = state.summary->sealed_at + options_.config.retain_time < now;
    const bool large = total > options_.config.retain_size.value;
    if ((!old && !large) || holds_.holder_of(*state.summary)) return false;
    total -= state.size_bytes;
    return true;
  });
  if (gone > 0) floors_saved_ = false;
}

// Gives retired files back, once what only they told of offsets is told elsewhere.
void LogFamily::recycle() {
  if (!floors_saved_ && !save_floors()) return;
  for (const SegmentState& state : list_->take_unpinned())
    report(pool_.recycle(state.segment->path, state.size_bytes), "recycling a segment");
}

bool LogFamily::save_floors() {
  Positions next = list_->durable_end();
  for (std::size_t p = 0; p < recovered_next_.size(); ++p) {
    const auto entry = next.find(PartitionId(static_cast<std::uint16_t>(p)));
    if (recovered_next_[p])
      entry->second = std::max(entry->second, *recovered_next_[p]);
    else
      next.erase(entry);
  }
  const auto saved = floors_.save(doors_.disk, next);
  report(saved, "saving the offsets");
  floors_saved_ = saved.ok();
  if (saved.ok() || saved.error().code != Code::kExhausted) return saved.ok();
  // A full disk must not keep retention from making room: then the headers alone tell the offsets.
  return all_started_;
}

void LogFamily::report(const Result<>& result, std::string_view place) {
  if (!result.ok() && result.error().code != Code::kExhausted)
    incidents_.note({file_name(""), 0, fmt::format("{}: {}", place, result.error().message)});
}

// Returns a name as incidents have it: within the log's folder.
std::string LogFamily::file_name(std::string_view name) const {
  return fmt::format("{}/{}", options_.folder.substr(options_.folder.find_last_of('/') + 1), name);
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

// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/stream_pump.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "prepare/inside/tables/table_definitions.h"
#include "prepare/inside/tables/table_files.h"

namespace mobilake::prepare {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCheckpointRetry{5'000};

log::Offset position_of(const log::Positions& positions, log::PartitionId partition) {
  const auto found = positions.find(partition);
  return found == positions.end() ? log::Offset() : found->second;
}

/// A log that ends before the tables' positions was lost or exchanged: its new records would be
/// taken for old ones.
Result<> check_log_reaches(const log::Positions& positions, const log::Positions& end) {
  for (const auto& [partition, offset] : positions)
    if (offset > position_of(end, partition))
      return corrupt("the tables hold partition {} up to {}, and the log ends at {}", partition,
                     offset, position_of(end, partition));
  return {};
}

}  // namespace

Result<std::unique_ptr<StreamPump>> StreamPump::open(const PrepareConfig& config, StreamParts parts,
                                                     Doors doors, ConservationLedger& ledger) {
  std::unique_ptr<SeenStore> seen;
  if (!parts.seen_folder.empty()) {
    MOBILAKE_ASSIGN(seen, open_seen_store(parts.seen_folder, doors.clock, config.seen_horizon));
  }
  MOBILAKE_ASSIGN(StreamIntake intake, StreamIntake::open(config, seen.get()));
  std::unique_ptr<StreamPump> pump(
      new StreamPump(config, std::move(parts), doors, ledger, std::move(seen), std::move(intake)));
  MOBILAKE_TRY(pump->go_to_tables());
  return pump;
}

StreamPump::StreamPump(const PrepareConfig& config, StreamParts parts, Doors doors,
                       ConservationLedger& ledger, std::unique_ptr<SeenStore> seen,
                       StreamIntake intake)
    : config_(config),
      parts_(std::move(parts)),
      doors_(doors),
      ledger_(ledger),
      seen_(std::move(seen)),
      intake_(std::move(intake)),
      reading_(parts_.log, {}) {}

Result<> StreamPump::go_to_tables() {
  MOBILAKE_ASSIGN(committed_, parts_.committer.positions(kConsumer, log::Family::kData));
  MOBILAKE_TRY(check_log_reaches(committed_, parts_.log.durable_end(log::Family::kData)));
  MOBILAKE_ASSIGN(const auto counts, load_counts(parts_.meta));
  MOBILAKE_ASSIGN(seen_to_, seen_positions());
  ledger_.load(counts);
  intake_.forget();
  prepared_.reset();
  first_taken_.reset();
  taken_ = committed_;
  // What is in the tables and was seen after the checkpoint is read again, to remember it.
  reading_.restart(seen_to_);
  parts_.log.hold_for(kConsumer, log::Family::kData, seen_ ? seen_to_ : committed_);
  last_checkpoint_ = doors_.clock.steady();
  records_since_checkpoint_ = 0;
  lost_ = false;
  return {};
}

// Returns up to where the store is complete. One that is ahead of the tables, which went back to a
// backup, would take rows for duplicates: it is emptied.
Result<log::Positions> StreamPump::seen_positions() {
  if (!seen_) return log::Positions{};
  for (const auto& [partition, offset] : seen_->positions()) {
    if (offset <= position_of(committed_, partition)) continue;
    MOBILAKE_TRY(seen_->clear("it is ahead of the tables, which went back to a backup"));
    break;
  }
  return seen_->positions();
}

Result<bool> StreamPump::take_in(milliseconds wait) {
  // A prepared commit speaks of exactly what was taken.
  MOBILAKE_CHECK(!prepared_);
  if (lost_) MOBILAKE_TRY(go_to_tables());
  MOBILAKE_ASSIGN(const auto batches, reading_.next(config_.read_size.value, wait));
  for (const log::ReadBatch& batch : batches) {
    const Result<> taken = take(batch);
    lost_ = !taken.ok();
    // A damaged store says nothing any more; the log says it again.
    if (lost_ && taken.error().code == Code::kCorrupt)
      MOBILAKE_TRY(seen_->clear(taken.error().message));
    MOBILAKE_TRY(taken);
  }
  if (!batches.empty()) note_waiting();
  return !batches.empty();
}

Result<> StreamPump::take(const log::ReadBatch& batch) {
  log::Offset& next = taken_[batch.partition];
  const log::Offset stored_below = position_of(committed_, batch.partition);
  const log::Offset end(batch.first.value() + batch.record_count);
  // A reader that was opened anew never goes back behind what it gave.
  if (batch.first > next) intake_.count_skipped(batch.first.value() - next.value());
  MOBILAKE_TRY(intake_.take(batch, stored_below));
  records_since_checkpoint_ += batch.record_count;
  seen_to_[batch.partition] = end;
  if (end <= next) return {};
  next = end;
  if (!first_taken_) first_taken_ = doors_.clock.steady();
  return {};
}

bool StreamPump::checkpoint_due() const {
  if (!seen_ || first_taken_ || lost_ || records_since_checkpoint_ == 0) return false;
  // While the store fails, reading goes on as long as the memory lasts.
  const bool overfull = intake_.seen_memory_bytes() > 2 * config_.seen_memory.value;
  if (!overfull && doors_.clock.steady() < checkpoint_not_before_) return false;
  return records_since_checkpoint_ >= config_.checkpoint_records ||
         doors_.clock.steady() - last_checkpoint_ >= config_.checkpoint_interval ||
         intake_.seen_memory_bytes() > config_.seen_memory.value;
}

Result<> StreamPump::checkpoint() {
  if (!seen_ || first_taken_ || lost_ || records_since_checkpoint_ == 0) return {};
  last_checkpoint_ = doors_.clock.steady();
  const Result<> written = intake_.write_seen(seen_to_);
  if (!written.ok()) {
    checkpoint_not_before_ = last_checkpoint_ + kCheckpointRetry;
    if (written.error().code != Code::kCorrupt) return written;
    MOBILAKE_TRY(seen_->clear(written.error().message));
    lost_ = true;
    return written;
  }
  records_since_checkpoint_ = 0;
  parts_.log.hold_for(kConsumer, log::Family::kData, seen_to_);
  return {};
}

void StreamPump::note_waiting() {
  std::map<std::string, Waiting> waiting;
  for (const auto& [name, rows] : intake_.accounts()) {
    waiting[name] = {rows.signals.row_count(), rows.oldest};
    ledger_.set_pending(name, rows.counts);
  }
  *waiting_.lock() = std::move(waiting);
}

std::map<std::string, StreamPump::Waiting> StreamPump::waiting() {
  return *waiting_.lock();
}

std::optional<milliseconds> StreamPump::commit_due_in() const {
  if (!first_taken_ || lost_) return std::nullopt;
  const bool full = intake_.row_count() >= config_.commit_rows ||
                    intake_.memory_bytes() >= config_.commit_memory.value;
  if (full || prepared_) return milliseconds(0);
  const auto age = doors_.clock.steady() - *first_taken_;
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(config_.commit_interval - age));
}

Result<> StreamPump::commit() {
  if (!first_taken_ || lost_) return {};
  MOBILAKE_TRY(prepare());
  auto receipt = parts_.committer.commit(prepared_->commit);
  if (!receipt.ok()) return settle_failure(std::move(receipt).error());
  settle_success();
  return {};
}

// Stores the files, unless an earlier try did.
Result<> StreamPump::prepare() {
  if (prepared_) return {};
  Prepared prepared;
  Result<> added;
  for (const auto& [name, rows] : intake_.accounts())
    if (added.ok() && !rows.signals.empty())
      added = add_change(signals_table(name), rows.signals, prepared);
  if (added.ok() && !intake_.dead_letters().empty())
    added = add_change(dead_letters_table(), intake_.dead_letters(), prepared);
  if (!added.ok()) {
    // No commit has heard of them; on a full disk they would be in the next try's way.
    remove_files(prepared.files, parts_.objects);
    return added;
  }
  add_advance(prepared);
  prepared_ = std::move(prepared);
  return {};
}

Result<> StreamPump::add_change(const catalog::NewTable& table, const formats::ColumnBatch& rows,
                                Prepared& prepared) {
  auto state = tables_.find(table.name.to_string());
  if (state == tables_.end()) {
    MOBILAKE_ASSIGN(auto made, parts_.committer.ensure_table(table));
    state = tables_.emplace(table.name.to_string(), std::move(made)).first;
  }
  catalog::TableChange change;
  change.table = table.name;
  MOBILAKE_ASSIGN(change.added,
                  store_table_files(state->second, rows, 0, parts_.objects, doors_.random));
  prepared.files.insert(prepared.files.end(), change.added.begin(), change.added.end());
  prepared.commit.changes.push_back(std::move(change));
  return {};
}

void StreamPump::add_advance(Prepared& prepared) const {
  catalog::ConsumerAdvance advance{std::string(kConsumer), log::Family::kData, {}, {}};
  for (const auto& [partition, next] : taken_) {
    const log::Offset stood = position_of(committed_, partition);
    if (next == stood) continue;
    advance.expected[partition] = stood;
    advance.next[partition] = next;
  }
  prepared.commit.advance = std::move(advance);
  std::map<std::string, ConservationCounts> counts;
  for (const auto& [name, rows] : intake_.accounts())
    if (!(rows.counts == ConservationCounts{})) counts[name] = rows.counts;
  prepared.commit.also = [counts](store::MetaTransaction& transaction) -> Result<> {
    for (const auto& [account, more] : counts)
      MOBILAKE_TRY(add_counts(transaction, account, more));
    return {};
  };
}

Result<> StreamPump::settle_failure(Error error) {
  MOBILAKE_ASSIGN(const auto now, parts_.committer.positions(kConsumer, log::Family::kData));
  const auto stands_at = [&](const log::Positions& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
      return position_of(now, entry.first) == entry.second;
    });
  };
  if (stands_at(prepared_->commit.advance->next)) {
    settle_success();
    return {};
  }
  if (!stands_at(prepared_->commit.advance->expected))
    return conflict("another instance commits the stream tables: {}", error.message);
  if (error.code == Code::kNotFound && a_table_is_gone()) {
    // Dropped by somebody; it is made anew.
    remove_files(prepared_->files, parts_.objects);
    prepared_.reset();
    tables_.clear();
  }
  // The positions stand where they should, so this is no conflict with another instance.
  if (error.code == Code::kConflict) error.code = Code::kUnavailable;
  return error;
}

// Also a file that is missing is not found, so the catalog is asked.
bool StreamPump::a_table_is_gone() {
  const auto& changes = prepared_->commit.changes;
  return std::any_of(changes.begin(), changes.end(), [&](const catalog::TableChange& change) {
    const auto table = parts_.committer.load(change.table);
    return !table.ok() && table.error().code == Code::kNotFound;
  });
}

void StreamPump::settle_success() {
  prepared_.reset();
  committed_ = taken_;
  first_taken_.reset();
  ledger_.commit_pending();
  intake_.clear_rows();
  // With a store, the log is held from the checkpoint on.
  if (!seen_) parts_.log.hold_for(kConsumer, log::Family::kData, committed_);
  note_waiting();
}

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/stream_intake.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "formats/default_mapping.h"
#include "prepare/inside/intake/message_hash.h"
#include "prepare/inside/intake/vehicle_topic.h"
#include "prepare/inside/tables/table_definitions.h"

namespace mobilake::prepare {
namespace {

using Signals = formats::SignalColumns;
using Letters = DeadLetterColumns;

constexpr std::uint64_t kSightedMax = 64;
constexpr std::size_t kRowsKept = 64 << 10;
constexpr std::uint64_t kCodeBytesKept = 16 << 20;
constexpr std::string_view kSystemAccount = "system";

std::int64_t micros(Timestamp moment) {
  return moment.time_since_epoch().count();
}

void append_optional(formats::Column& column, std::string_view text) {
  text.empty() ? column.append_null() : column.append_text(text);
}

}  // namespace

Result<StreamIntake> StreamIntake::open(const PrepareConfig& config, SeenStore* store) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  formats::DecoderConfig limits;
  limits.clock_ahead_max = duration_cast<seconds>(config.clock_ahead_max);
  limits.clock_behind_max = duration_cast<seconds>(config.clock_behind_max);
  MOBILAKE_ASSIGN(auto decoder, formats::open_payload_decoder(formats::default_mapping(), limits));
  return StreamIntake(config, store, std::move(decoder),
                      formats::ColumnBatch(dead_letters_table().schema.fields()));
}

StreamIntake::StreamIntake(const PrepareConfig& config, SeenStore* store,
                           std::unique_ptr<formats::PayloadDecoder> decoder,
                           formats::ColumnBatch dead_letters)
    : config_(config),
      store_(store),
      decoder_(std::move(decoder)),
      dead_letters_(std::move(dead_letters)) {}

Result<> StreamIntake::take(const log::ReadBatch& batch, log::Offset stored_below) {
  AccountRows& rows = rows_of(batch.stream);
  log::RecordCursor cursor(batch.bytes);
  Place place{batch.partition, batch.first.value(), false};
  const std::uint64_t end = place.offset + batch.record_count;
  while (place.offset < end) {
    sight(rows, cursor, end - place.offset);
    if (sighted_.empty()) break;
    for (const Sighted& sighted : sighted_) {
      place.stored = place.offset < stored_below.value();
      take_record(rows, sighted, place);
      if (failure_) return *failure_;
      ++place.offset;
    }
  }
  // Records that the frame announced and does not hold; its checksum makes that our own mistake.
  if (place.offset < end && end > stored_below.value()) rows.counts.skipped += end - place.offset;
  return {};
}

void StreamIntake::count_skipped(std::uint64_t records) {
  rows_of(kSystemAccount).counts.skipped += records;
}

AccountRows& StreamIntake::rows_of(std::string_view account) {
  const auto found = accounts_.find(account);
  if (found != accounts_.end()) return found->second;
  std::string name(account);
  return accounts_.try_emplace(name, name, decoder_->new_batch(), store_).first->second;
}

// Where vehicles are many, what is known of one is in no cache. The memory is asked for that of
// some dozen messages at once, instead of waiting for it at each.
void StreamIntake::sight(const AccountRows& rows, log::RecordCursor& cursor,
                         std::uint64_t records_max) {
  const formats::ColumnBatch& signals = rows.signals;
  sighted_.clear();
  Sighted next;
  while (sighted_.size() < std::min(kSightedMax, records_max) && cursor.next(next.record)) {
    const bool message = next.record.kind == log::RecordView::Kind::kMessage;
    next.vehicle = message ? telemetry_vehicle(next.record.topic) : std::nullopt;
    next.hash = next.vehicle ? base::TextSlots::hash_of(*next.vehicle) : 0;
    signals.prefetch_code(Signals::kVehicle, next.hash);
    sighted_.push_back(next);
  }
  for (Sighted& sighted : sighted_) {
    sighted.code = sighted.vehicle
                       ? signals.code_of(Signals::kVehicle, *sighted.vehicle, sighted.hash)
                       : SeenMessages::kNoCode;
    rows.seen.prefetch(sighted.code, 0);
  }
  for (const Sighted& sighted : sighted_)
    rows.seen.prefetch(sighted.code, 1);
}

void StreamIntake::take_record(AccountRows& rows, const Sighted& sighted, const Place& place) {
  if (!place.stored && !rows.oldest) rows.oldest = sighted.record.received_at;
  if (sighted.vehicle)
    take_row(rows, sighted.record, *sighted.vehicle, place);
  else if (!place.stored)
    ++rows.counts.other;
}

void StreamIntake::take_row(AccountRows& rows, const log::RecordView& record,
                            std::string_view vehicle, const Place& place) {
  const bool known = (record.flags & log::RecordView::kUnknownVehicle) == 0;
  const auto refusal =
      decoder_->decode(record.payload, {vehicle, record.received_at, known}, rows.signals);
  if (refusal) {
    if (place.stored) return;
    ++rows.counts.quarantined[static_cast<std::size_t>(refusal->cause)];
    add_dead_letter(rows, record, vehicle, *refusal, place);
    return;
  }
  const std::int64_t time = rows.signals.column(Signals::kTimestamp).integers.back();
  const formats::Column& sequences = rows.signals.column(Signals::kSequence);
  SeenMessages::Message message{
      vehicle, {}, time, message_hash(time, record.payload), record.received_at};
  message.vehicle_code = rows.signals.column(Signals::kVehicle).codes.back();
  if (sequences.valid.back() != 0) message.sequence = sequences.integers.back();
  auto added = rows.seen.add(message);
  if (!added.ok()) {
    rows.signals.pop_back();
    failure_ = std::move(added).error();
    return;
  }
  const Novelty novelty = *added;
  if (place.stored || novelty == Novelty::kDuplicate) rows.signals.pop_back();
  if (place.stored) return;
  ++(novelty == Novelty::kDuplicate ? rows.counts.duplicate : rows.counts.stored);
  if (novelty == Novelty::kSequenceReused) ++rows.counts.sequence_reused;
  const bool old = time < micros(record.received_at - config_.seen_horizon);
  if (old && novelty != Novelty::kDuplicate) ++rows.counts.beyond_horizon;
}

void StreamIntake::add_dead_letter(const AccountRows& rows, const log::RecordView& record,
                                   std::string_view vehicle, const formats::Refusal& refusal,
                                   const Place& place) {
  formats::ColumnBatch& batch = dead_letters_;
  batch.append_coded(Letters::kAccount, rows.account);
  append_optional(batch.column(Letters::kVehicle), vehicle);
  batch.append_coded(Letters::kCause, formats::cause_name(refusal.cause));
  append_optional(batch.column(Letters::kColumn), refusal.column);
  batch.column(Letters::kTopic).append_text(record.topic);
  batch.column(Letters::kPartition).append_integer(place.partition.value());
  batch.column(Letters::kOffset).append_integer(static_cast<std::int64_t>(place.offset));
  batch.column(Letters::kReceivedAt).append_integer(micros(record.received_at));
  formats::Column& device_time = batch.column(Letters::kDeviceTime);
  if (refusal.device_time)
    device_time.append_integer(micros(*refusal.device_time));
  else
    device_time.append_null();
  batch.column(Letters::kPayload).append_text(record.payload);
  batch.append_coded(Letters::kDecoder, formats::default_mapping().name);
}

std::size_t StreamIntake::row_count() const {
  std::size_t rows = dead_letters_.row_count();
  for (const auto& [name, account] : accounts_)
    rows += account.signals.row_count();
  return rows;
}

std::size_t StreamIntake::memory_bytes() const {
  std::size_t bytes = dead_letters_.memory_bytes();
  for (const auto& [name, account] : accounts_)
    bytes += account.signals.memory_bytes();
  return bytes;
}

void StreamIntake::clear_rows() {
  dead_letters_ = formats::ColumnBatch(dead_letters_.fields());
  for (auto& [name, account] : accounts_) {
    if (!account.signals.empty()) clear_signals(account);
    account.counts = {};
    account.oldest.reset();
  }
}

// Most rows of the next commit are of the same vehicles, so their codes stay; the memory of a burst
// does not.
void StreamIntake::clear_signals(AccountRows& account) {
  const std::size_t room = account.signals.column(Signals::kTimestamp).integers.capacity();
  const bool burst_is_over = room > kRowsKept && room > 4 * account.signals.row_count();
  if (!burst_is_over) {
    account.signals.clear_rows();
    // What is left are the texts of the coded columns, which must not fill the room for rows.
    if (account.signals.memory_bytes() < std::min(kCodeBytesKept, config_.commit_memory.value / 4))
      return;
  }
  account.signals = decoder_->new_batch();
  account.seen.forget_codes();
}

void StreamIntake::forget() {
  clear_rows();
  accounts_.clear();
  failure_.reset();
}

Result<> StreamIntake::write_seen(const log::Positions& positions) {
  MOBILAKE_TRY(store_->begin());
  for (auto& [name, account] : accounts_)
    MOBILAKE_TRY(account.seen.write_changes());
  MOBILAKE_TRY(store_->finish(positions));
  for (auto& [name, account] : accounts_)
    account.seen.mark_written();
  release_seen();
  return {};
}

// Keeps memory for what comes until the next time.
void StreamIntake::release_seen() {
  using Release = SeenMessages::Release;
  for (const Release what : {Release::kOlderBlocks, Release::kIdleVehicles, Release::kAll}) {
    if (2 * seen_memory_bytes() <= config_.seen_memory.value) return;
    for (auto& [name, account] : accounts_)
      account.seen.release(what);
  }
}

std::size_t StreamIntake::seen_memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [name, account] : accounts_)
    bytes += account.seen.memory_bytes();
  return bytes;
}

}  // namespace mobilake::prepare

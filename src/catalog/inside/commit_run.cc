// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/commit_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "catalog/inside/catalog_spaces.h"
#include "catalog/inside/iceberg/identifiers.h"

namespace mobilake::catalog {
namespace {

std::string position_key(const ConsumerAdvance& advance, log::PartitionId partition) {
  return fmt::format("{}{:05}", position_prefix(advance.consumer, advance.family),
                     partition.value());
}

std::uint64_t position_in(const log::Positions& positions, log::PartitionId partition) {
  const auto found = positions.find(partition);
  return found == positions.end() ? 0 : found->second.value();
}

/// Returns the stored position; 0 where there is none.
Result<std::uint64_t> stored_position(store::MetaTransaction& transaction,
                                      const ConsumerAdvance& advance, log::PartitionId partition) {
  const std::string key = position_key(advance, partition);
  MOBILAKE_ASSIGN(const auto text, transaction.get(kPositionSpace, key));
  if (!text) return std::uint64_t{0};
  std::uint64_t offset = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), offset);
  if (failure != std::errc() || end != text->data() + text->size())
    return corrupt("the position {} is no number", key);
  return offset;
}

}  // namespace

std::string position_prefix(std::string_view consumer, log::Family family) {
  return fmt::format("{}/{}/", consumer, static_cast<int>(family));
}

Result<> CommitRun::check_changes() {
  std::set<model::TableName> tables;
  for (const TableChange& change : commit_.changes) {
    if (!tables.insert(change.table).second)
      return invalid("the table {} stands twice in one commit", change.table.to_string());
    std::set<std::string> keys(change.removed_keys.begin(), change.removed_keys.end());
    if (keys.size() != change.removed_keys.size())
      return invalid("a file to remove from {} stands twice", change.table.to_string());
    for (const DataFile& file : change.added)
      if (!keys.insert(file.key).second)
        return invalid("the file {} stands twice in one commit", file.key);
  }
  if (commit_.advance && (commit_.advance->consumer.empty() ||
                          commit_.advance->consumer.find('/') != std::string::npos))
    return invalid("\"{}\" cannot be a consumer's name", commit_.advance->consumer);
  return {};
}

Result<> CommitRun::load_bases() {
  bases_.clear();
  for (const PendingChange& pending : pending_) {
    MOBILAKE_ASSIGN(TableStore::State base, parts_.tables.load(pending.change->table));
    bases_.push_back(std::move(base));
  }
  return {};
}

Result<> CommitRun::prepare() {
  for (const TableChange& change : commit_.changes) {
    if (change.added.empty() && change.removed_keys.empty()) continue;
    PendingChange pending;
    pending.change = &change;
    pending.snapshot_id = new_snapshot_id(parts_.doors.random);
    leases_.push_back(parts_.garbage.lease(change.table.to_string()));
    pending_.push_back(std::move(pending));
  }
  MOBILAKE_TRY(load_bases());
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    SnapshotBuilder builder(parts_.config, parts_.doors, parts_.objects, parts_.cache);
    const Result<> written = builder.write_added(pending_[i], *bases_[i]);
    written_once_.insert(written_once_.end(), builder.written().begin(), builder.written().end());
    MOBILAKE_TRY(written);
  }
  return {};
}

Result<> CommitRun::build() {
  built_.clear();
  written_lately_.clear();
  garbage_.clear();
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    SnapshotBuilder builder(parts_.config, parts_.doors, parts_.objects, parts_.cache);
    auto built = builder.build(pending_[i], *bases_[i]);
    written_lately_.insert(written_lately_.end(), builder.written().begin(),
                           builder.written().end());
    if (!built.ok()) return std::move(built).error();
    for (const std::string& key : built->garbage)
      garbage_.push_back({key, bases_[i]->name.to_string()});
    built_.push_back(*std::move(built));
  }
  return {};
}

Result<> CommitRun::compare_pointers(store::MetaTransaction& transaction) {
  for (const TableStore::State& base : bases_) {
    const std::string name = base->name.to_string();
    MOBILAKE_ASSIGN(const auto key, transaction.get(kTableSpace, name));
    if (key != base->metadata_key) return conflict("another commit to {} was first", name);
  }
  return {};
}

Result<> CommitRun::compare_positions(store::MetaTransaction& transaction) {
  if (!commit_.advance) return {};
  for (const auto& [partition, next] : commit_.advance->next) {
    MOBILAKE_ASSIGN(const std::uint64_t stored,
                    stored_position(transaction, *commit_.advance, partition));
    const std::uint64_t expected = position_in(commit_.advance->expected, partition);
    if (stored != expected)
      return conflict("{} stands at {} in partition {}, expected {}", commit_.advance->consumer,
                      stored, partition, expected);
  }
  return {};
}

Result<> CommitRun::write(store::MetaTransaction& transaction) {
  for (const BuiltState& built : built_)
    MOBILAKE_TRY(
        transaction.put(kTableSpace, built.next->name.to_string(), built.next->metadata_key));
  if (commit_.advance)
    for (const auto& [partition, next] : commit_.advance->next)
      MOBILAKE_TRY(transaction.put(kPositionSpace, position_key(*commit_.advance, partition),
                                   std::to_string(next.value())));
  return GarbageBin::write_rows(transaction, garbage_, deleted_);
}

CommitRun::Attempt CommitRun::transact() {
  deleted_ = parts_.garbage.deleted();
  // What the work comes to; it stays unknown while the store has not run it to its end.
  std::optional<Outcome> undone;
  bool worked = false;
  Result<> result = parts_.meta.transact([&](store::MetaTransaction& transaction) -> Result<> {
    undone = Outcome::kRefused;
    worked = false;
    MOBILAKE_TRY(compare_positions(transaction));
    if (auto compared = compare_pointers(transaction); !compared.ok()) {
      if (compared.error().code == Code::kConflict) undone = Outcome::kPointerMoved;
      return compared;
    }
    if (commit_.also) MOBILAKE_TRY(commit_.also(transaction));
    MOBILAKE_TRY(write(transaction));
    worked = true;
    return {};
  });
  if (result.ok()) return {Outcome::kDone, std::move(result)};
  if (worked) return {Outcome::kUnknown, std::move(result)};
  // Work that failed, or never ran, was not committed.
  return {undone.value_or(Outcome::kUnknown), std::move(result)};
}

bool CommitRun::took_place() {
  if (!built_.empty()) {
    // All pointers moved together. Another commit may have come on top of this one.
    const TableMetadata& ours = *built_.front().next;
    const auto now = parts_.tables.load(ours.name);
    if (!now.ok()) return false;
    const auto is_ours = [&](const auto& record) {
      return record->snapshot.snapshot_id == ours.current()->snapshot_id;
    };
    return std::any_of((*now)->snapshots.begin(), (*now)->snapshots.end(), is_ours);
  }
  if (!commit_.advance || commit_.advance->next.empty()) return false;
  bool moved = true;
  const Result<> read = parts_.meta.read([&](store::MetaTransaction& transaction) -> Result<> {
    for (const auto& [partition, next] : commit_.advance->next) {
      MOBILAKE_ASSIGN(const std::uint64_t stored,
                      stored_position(transaction, *commit_.advance, partition));
      moved = moved && stored == next.value();
    }
    return {};
  });
  return read.ok() && moved && commit_.advance->next != commit_.advance->expected;
}

void CommitRun::settle() {
  for (const BuiltState& built : built_)
    parts_.tables.put(built.next);
  parts_.garbage.wrote(std::move(garbage_), deleted_);
  leases_.clear();
  parts_.garbage.collect();
}

void CommitRun::drop_attempt() {
  for (const std::string& key : written_lately_)
    static_cast<void>(parts_.objects.remove(key).ok());  // best effort: nobody refers to it
  written_lately_.clear();
}

void CommitRun::drop_all() {
  drop_attempt();
  for (const std::string& key : written_once_)
    static_cast<void>(parts_.objects.remove(key).ok());
}

Result<CommitReceipt> CommitRun::receipt(int attempts) {
  CommitReceipt receipt;
  receipt.attempts = attempts;
  for (const TableChange& change : commit_.changes) {
    const auto built = std::find_if(built_.begin(), built_.end(), [&](const BuiltState& state) {
      return state.next->name == change.table;
    });
    TableStore::State state;
    if (built != built_.end()) {
      state = built->next;
    } else {
      MOBILAKE_ASSIGN(state, parts_.tables.load(change.table));
    }
    receipt.tables.push_back(state_of(*state, parts_.objects));
  }
  return receipt;
}

Result<CommitReceipt> CommitRun::run() {
  MOBILAKE_TRY(check_changes());
  if (auto prepared = prepare(); !prepared.ok()) {
    drop_all();
    return std::move(prepared).error();
  }
  for (int attempt = 1;; ++attempt) {
    if (auto built = build(); !built.ok()) {
      drop_all();
      return std::move(built).error();
    }
    Attempt ended = transact();
    if (ended.outcome == Outcome::kUnknown && took_place()) ended.outcome = Outcome::kDone;
    if (ended.outcome == Outcome::kDone) {
      settle();
      return receipt(attempt);
    }
    // Whether an unanswered transaction takes effect may show only after a restart, so its files
    // stay.
    if (ended.outcome == Outcome::kUnknown) return std::move(ended.result).error();
    if (ended.outcome == Outcome::kRefused || attempt >= parts_.config.commit_attempts_max) {
      drop_all();
      return std::move(ended.result).error();
    }
    drop_attempt();
    if (auto loaded = load_bases(); !loaded.ok()) {
      drop_all();
      return std::move(loaded).error();
    }
  }
}

}  // namespace mobilake::catalog

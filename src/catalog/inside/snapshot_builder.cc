// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/snapshot_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <unordered_set>
#include <utility>

#include "catalog/inside/iceberg/identifiers.h"

namespace mobilake::catalog {
namespace {

// Manifests of the size classes 1, 10, 100 ... entries: ten of a class become one of the next.
constexpr std::int64_t kClassFactor = 10;
// A manifest of this size is worth its own read, and too much to rewrite in a commit.
constexpr std::int64_t kMergedEntriesMax = 20'000;

int size_class(std::int64_t files) {
  int size = 0;
  for (; files >= kClassFactor; files /= kClassFactor)
    ++size;
  return size;
}

std::int64_t sequence_of(const ManifestEntry& entry, const ManifestFile& manifest) {
  return entry.sequence_number.value_or(manifest.sequence_number);
}

/// Returns a live entry as a later snapshot's manifest carries it on.
ManifestEntry carried_on(const ManifestEntry& entry, const ManifestFile& manifest) {
  ManifestEntry carried = entry;
  carried.status = EntryStatus::kExisting;
  carried.sequence_number = sequence_of(entry, manifest);
  return carried;
}

void take_out(std::vector<ManifestFile>& manifests, const std::vector<ManifestFile>& gone) {
  std::unordered_set<std::string> keys;
  for (const ManifestFile& manifest : gone)
    keys.insert(manifest.key);
  std::erase_if(manifests,
                [&](const ManifestFile& manifest) { return keys.contains(manifest.key); });
}

}  // namespace

ManifestContext SnapshotBuilder::context_of(const TableMetadata& table) const {
  return {table.schema, table.partition_spec, table.sort_order, objects_};
}

Result<ManifestFile> SnapshotBuilder::write_entries(ManifestEntries entries,
                                                    const TableMetadata& base,
                                                    const Snapshot& snapshot) {
  MOBILAKE_ASSIGN(const std::string bytes, write_manifest(entries, context_of(base)));
  ManifestFile manifest = manifest_of(entries, context_of(base));
  manifest.key = fmt::format("{}/metadata/{}-m.avro", base.folder, new_uuid(doors_.random));
  manifest.size_bytes = static_cast<std::int64_t>(bytes.size());
  manifest.sequence_number = snapshot.sequence_number;
  manifest.min_sequence_number = snapshot.sequence_number;
  manifest.added_snapshot_id = snapshot.snapshot_id;
  for (const ManifestEntry& entry : entries)
    if (entry.is_live() && entry.sequence_number)
      manifest.min_sequence_number = std::min(manifest.min_sequence_number, *entry.sequence_number);
  written_.push_back(manifest.key);
  MOBILAKE_TRY(objects_.put(manifest.key, bytes));
  cache_.put_entries(manifest.key, std::make_shared<const ManifestEntries>(std::move(entries)));
  return manifest;
}

Result<> SnapshotBuilder::write_added(PendingChange& pending, const TableMetadata& base) {
  if (pending.change->added.empty()) return {};
  ManifestEntries entries;
  for (const DataFile& file : pending.change->added) {
    if (file.day.has_value() && !base.partition_spec.is_partitioned())
      return invalid("a file of the unpartitioned table {} has a day", base.name.to_string());
    entries.push_back({EntryStatus::kAdded, pending.snapshot_id, std::nullopt, file});
  }
  Snapshot snapshot;
  snapshot.snapshot_id = pending.snapshot_id;
  MOBILAKE_ASSIGN(pending.added, write_entries(std::move(entries), base, snapshot));
  return {};
}

// Rewrites all manifests that name a removed file into one.
Result<> SnapshotBuilder::remove_files(const PendingChange& pending, const TableMetadata& base,
                                       const Snapshot& snapshot,
                                       std::vector<ManifestFile>& manifests,
                                       RemovedFiles& removed) {
  const auto& keys = pending.change->removed_keys;
  const std::unordered_set<std::string> wanted(keys.begin(), keys.end());
  ManifestEntries rewritten;
  std::vector<ManifestFile> touched;
  for (const ManifestFile& manifest : manifests) {
    MOBILAKE_ASSIGN(const auto entries, cache_.entries(manifest.key, context_of(base)));
    const auto is_wanted = [&](const ManifestEntry& entry) {
      return entry.is_live() && wanted.contains(entry.file.key);
    };
    if (std::none_of(entries->begin(), entries->end(), is_wanted)) continue;
    touched.push_back(manifest);
    for (const ManifestEntry& entry : *entries) {
      if (!entry.is_live()) continue;
      rewritten.push_back(carried_on(entry, manifest));
      if (!is_wanted(entry)) continue;
      rewritten.back().status = EntryStatus::kDeleted;
      rewritten.back().snapshot_id = snapshot.snapshot_id;
      ++removed.files;
      removed.rows += entry.file.row_count;
      removed.bytes += entry.file.size_bytes;
      removed.days.insert(entry.file.day);
    }
  }
  if (removed.files != static_cast<std::int64_t>(wanted.size()))
    return conflict("{} of {} files to remove from {} are no longer live",
                    static_cast<std::int64_t>(wanted.size()) - removed.files, wanted.size(),
                    base.name.to_string());
  take_out(manifests, touched);
  MOBILAKE_ASSIGN(ManifestFile manifest, write_entries(std::move(rewritten), base, snapshot));
  manifests.push_back(std::move(manifest));
  return {};
}

std::vector<ManifestFile> SnapshotBuilder::manifests_to_merge(
    const Snapshot& snapshot, const std::vector<ManifestFile>& manifests) const {
  std::vector<ManifestFile> candidates;
  for (const ManifestFile& manifest : manifests)
    if (manifest.added_snapshot_id != snapshot.snapshot_id) candidates.push_back(manifest);
  std::sort(candidates.begin(), candidates.end(), [](const auto& left, const auto& right) {
    return left.live_files() < right.live_files();
  });
  std::map<int, std::vector<ManifestFile>> classes;
  for (const ManifestFile& manifest : candidates)
    if (manifest.live_files() < kMergedEntriesMax)
      classes[size_class(manifest.live_files())].push_back(manifest);
  for (auto& [size, members] : classes)
    if (members.size() >= static_cast<std::size_t>(kClassFactor)) return std::move(members);
  if (manifests.size() <= config_.manifests_max || candidates.size() < 2) return {};
  const std::size_t surplus = manifests.size() - config_.manifests_max + 1;
  candidates.resize(std::min(std::max<std::size_t>(surplus, 2), candidates.size()));
  return candidates;
}

Result<> SnapshotBuilder::merge_manifests(const TableMetadata& base, const Snapshot& snapshot,
                                          std::vector<ManifestFile>& manifests) {
  const std::vector<ManifestFile> merged = manifests_to_merge(snapshot, manifests);
  if (merged.empty()) return {};
  ManifestEntries entries;
  for (const ManifestFile& manifest : merged) {
    MOBILAKE_ASSIGN(const auto found, cache_.entries(manifest.key, context_of(base)));
    for (const ManifestEntry& entry : *found)
      if (entry.is_live()) entries.push_back(carried_on(entry, manifest));
  }
  take_out(manifests, merged);
  MOBILAKE_ASSIGN(ManifestFile manifest, write_entries(std::move(entries), base, snapshot));
  manifests.push_back(std::move(manifest));
  return {};
}

Result<> SnapshotBuilder::write_list(const std::vector<ManifestFile>& manifests,
                                     const TableMetadata& base, Snapshot& snapshot) {
  snapshot.manifest_list_key = fmt::format("{}/metadata/snap-{}-{}.avro", base.folder,
                                           snapshot.snapshot_id, new_uuid(doors_.random));
  MOBILAKE_ASSIGN(const std::string bytes, write_manifest_list(manifests, snapshot, objects_));
  written_.push_back(snapshot.manifest_list_key);
  MOBILAKE_TRY(objects_.put(snapshot.manifest_list_key, bytes));
  cache_.put_list(snapshot.manifest_list_key,
                  std::make_shared<const std::vector<ManifestFile>>(manifests));
  return {};
}

// Notes the objects that only the expired snapshot needed. History is linear: what the next
// snapshot does not list, nobody lists, and what it removed, nobody reads any more.
void SnapshotBuilder::collect_expired(const TableMetadata& next, const Snapshot& expired,
                                      const Snapshot& oldest,
                                      const std::vector<ManifestFile>& newest) {
  const bool is_newest = &oldest == next.current();
  const auto old_list = cache_.list(expired.manifest_list_key);
  Result<ManifestCache::List> next_list =
      is_newest
          ? Result<ManifestCache::List>(std::make_shared<const std::vector<ManifestFile>>(newest))
          : cache_.list(oldest.manifest_list_key);
  // Files are never deleted by metadata that cannot be read.
  if (!old_list.ok() || !next_list.ok()) return;
  std::unordered_set<std::string> kept;
  for (const ManifestFile& manifest : **next_list) {
    kept.insert(manifest.key);
    if (manifest.added_snapshot_id != oldest.snapshot_id || manifest.deleted.files == 0) continue;
    const auto entries = cache_.entries(manifest.key, context_of(next));
    if (!entries.ok()) continue;
    for (const ManifestEntry& entry : **entries)
      if (!entry.is_live() && entry.snapshot_id == oldest.snapshot_id)
        garbage_.push_back(entry.file.key);
  }
  for (const ManifestFile& manifest : **old_list)
    if (!kept.contains(manifest.key)) garbage_.push_back(manifest.key);
  garbage_.push_back(expired.manifest_list_key);
}

void SnapshotBuilder::expire(TableMetadata& next, const std::vector<ManifestFile>& manifests) {
  const std::size_t kept = std::max<std::size_t>(config_.snapshots_kept, 1);
  std::size_t expired = 0;
  for (; next.snapshots.size() - expired > kept; ++expired)
    collect_expired(next, next.snapshots[expired]->snapshot, next.snapshots[expired + 1]->snapshot,
                    manifests);
  next.snapshots.erase(next.snapshots.begin(),
                       next.snapshots.begin() + static_cast<std::ptrdiff_t>(expired));
  while (next.log.size() > config_.metadata_files_kept) {
    garbage_.push_back(next.log.front()->key);
    next.log.erase(next.log.begin());
  }
}

Snapshot SnapshotBuilder::new_snapshot(const PendingChange& pending,
                                       const TableMetadata& base) const {
  Snapshot snapshot;
  snapshot.snapshot_id = pending.snapshot_id;
  if (const Snapshot* current = base.current()) snapshot.parent_id = current->snapshot_id;
  snapshot.sequence_number = base.last_sequence_number + 1;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(doors_.clock.now());
  // The time of day may step back; the history does not.
  snapshot.timestamp_ms =
      std::max<std::int64_t>(now.time_since_epoch().count(), base.last_updated_ms);
  snapshot.schema_id = base.schema.schema_id;
  return snapshot;
}

Result<std::vector<ManifestFile>> SnapshotBuilder::next_manifests(const PendingChange& pending,
                                                                  const TableMetadata& base,
                                                                  Snapshot& snapshot) {
  std::vector<ManifestFile> manifests;
  if (const Snapshot* current = base.current()) {
    MOBILAKE_ASSIGN(const auto list, cache_.list(current->manifest_list_key));
    std::copy_if(list->begin(), list->end(), std::back_inserter(manifests),
                 [](const ManifestFile& manifest) { return manifest.live_files() > 0; });
  }
  RemovedFiles removed;
  if (!pending.change->removed_keys.empty())
    MOBILAKE_TRY(remove_files(pending, base, snapshot, manifests, removed));
  if (!pending.added.key.empty()) {
    manifests.push_back(pending.added);
    manifests.back().sequence_number = snapshot.sequence_number;
    manifests.back().min_sequence_number = snapshot.sequence_number;
  }
  snapshot.summary = summary_of(*pending.change, removed, base.current());
  MOBILAKE_TRY(merge_manifests(base, snapshot, manifests));
  return manifests;
}

Result<BuiltState> SnapshotBuilder::build(const PendingChange& pending, const TableMetadata& base) {
  Snapshot snapshot = new_snapshot(pending, base);
  MOBILAKE_ASSIGN(const std::vector<ManifestFile> manifests,
                  next_manifests(pending, base, snapshot));
  MOBILAKE_TRY(write_list(manifests, base, snapshot));
  auto next = std::make_shared<TableMetadata>(base);
  next->log.push_back(log_entry_of(base.metadata_key, base.last_updated_ms, objects_));
  next->last_sequence_number = snapshot.sequence_number;
  next->last_updated_ms = snapshot.timestamp_ms;
  next->metadata_key = next_metadata_key(base, new_uuid(doors_.random));
  next->snapshots.push_back(record_of(std::move(snapshot), objects_));
  expire(*next, manifests);
  written_.push_back(next->metadata_key);
  MOBILAKE_TRY(objects_.put(next->metadata_key, print_metadata(*next)));
  return BuiltState{std::move(next), written_, garbage_};
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/garbage_bin.h"

#include <fmt/format.h>

#include <utility>

#include "catalog/inside/catalog_spaces.h"
#include "catalog/inside/iceberg/table_metadata.h"

namespace mobilake::catalog {
namespace {

constexpr std::size_t kRowsPerPage = 1000;
constexpr std::string_view kFileWord = "file ";
constexpr std::string_view kTableWord = "table ";

std::string row_of(const GarbageItem& item) {
  return fmt::format("{}{}", item.whole_table ? kTableWord : kFileWord, item.table);
}

GarbageItem item_of(const std::string& key, const std::string& row) {
  const bool whole = row.starts_with(kTableWord);
  const std::size_t word = whole ? kTableWord.size() : kFileWord.size();
  return {key, row.size() > word ? row.substr(word) : std::string(), whole};
}

/// A missing object counts as read: an interrupted removal has taken it already.
template <typename T>
Result<std::optional<T>> unless_missing(Result<T> read) {
  if (read.ok()) return std::optional<T>(*std::move(read));
  if (read.error().code == Code::kNotFound) return std::optional<T>();
  return std::move(read).error();
}

}  // namespace

class GarbageBin::Lease final : public SnapshotLease {
 public:
  Lease(GarbageBin& bin, std::string table, std::uint64_t number)
      : bin_(bin), table_(std::move(table)), number_(number) {}
  ~Lease() override { bin_.end_lease(table_, number_); }

 private:
  GarbageBin& bin_;
  std::string table_;
  std::uint64_t number_;
};

Result<> GarbageBin::open() {
  std::string after;
  while (true) {
    std::vector<std::pair<std::string, std::string>> rows;
    MOBILAKE_TRY(meta_.read([&](store::MetaTransaction& transaction) -> Result<> {
      MOBILAKE_ASSIGN(rows, transaction.scan(kGarbageSpace, "", after, kRowsPerPage));
      return {};
    }));
    std::vector<GarbageItem> items;
    for (const auto& [key, row] : rows)
      items.push_back(item_of(key, row));
    wrote(std::move(items), {});
    if (rows.size() < kRowsPerPage) break;
    after = rows.back().first;
  }
  collect();
  for (auto gone = deleted(); !gone.empty(); gone = deleted()) {
    MOBILAKE_TRY(meta_.transact(
        [&](store::MetaTransaction& transaction) { return write_rows(transaction, {}, gone); }));
    wrote({}, gone);
  }
  return {};
}

std::unique_ptr<SnapshotLease> GarbageBin::lease(const std::string& table) {
  auto state = state_.lock();
  const std::uint64_t number = ++state->last_number;
  state->leases[table].insert(number);
  return std::make_unique<Lease>(*this, table, number);
}

void GarbageBin::end_lease(const std::string& table, std::uint64_t number) {
  {
    auto state = state_.lock();
    auto& numbers = state->leases[table];
    numbers.erase(number);
    if (numbers.empty()) state->leases.erase(table);
  }
  collect();
}

Result<> GarbageBin::write_rows(store::MetaTransaction& transaction,
                                const std::vector<GarbageItem>& items,
                                const std::vector<std::string>& deleted) {
  for (const GarbageItem& item : items)
    MOBILAKE_TRY(transaction.put(kGarbageSpace, item.key, row_of(item)));
  for (const std::string& key : deleted)
    MOBILAKE_TRY(transaction.remove(kGarbageSpace, key));
  return {};
}

std::vector<std::string> GarbageBin::deleted() {
  auto state = state_.lock();
  std::vector<std::string> keys;
  for (const std::string& key : state->deleted) {
    if (keys.size() == kRowsPerPage) break;
    keys.push_back(key);
  }
  return keys;
}

void GarbageBin::wrote(std::vector<GarbageItem> items, const std::vector<std::string>& deleted) {
  auto state = state_.lock();
  for (GarbageItem& item : items)
    state->waiting.push_back({++state->last_number, std::move(item)});
  for (const std::string& key : deleted)
    state->deleted.erase(key);
}

std::vector<GarbageBin::Waiting> GarbageBin::take_deletable() {
  auto state = state_.lock();
  std::vector<Waiting> free;
  std::deque<Waiting> held;
  for (Waiting& waiting : state->waiting) {
    const auto leases = state->leases.find(waiting.item.table);
    // The oldest lease decides: it may read what was live when it was taken.
    const bool is_held = leases != state->leases.end() && *leases->second.begin() < waiting.number;
    if (is_held)
      held.push_back(std::move(waiting));
    else
      free.push_back(std::move(waiting));
  }
  state->waiting = std::move(held);
  return free;
}

void GarbageBin::collect() {
  for (Waiting& waiting : take_deletable()) {
    const bool removed = remove(waiting.item).ok();
    auto state = state_.lock();
    if (removed)
      state->deleted.insert(waiting.item.key);
    else
      state->waiting.push_back(std::move(waiting));
  }
}

Result<> GarbageBin::remove(const GarbageItem& item) {
  return item.whole_table ? remove_table(item.key) : objects_.remove(item.key);
}

// Files go before what names them, so that an interrupted removal begins again where it was.
Result<> GarbageBin::remove_table(const std::string& metadata_key) {
  MOBILAKE_ASSIGN(const auto json, unless_missing(objects_.get(metadata_key)));
  if (!json) return {};
  MOBILAKE_ASSIGN(const TableMetadata metadata,
                  parse_metadata(*json, model::TableName(), metadata_key, objects_));
  const ManifestContext context{metadata.schema, metadata.partition_spec, metadata.sort_order,
                                objects_};
  std::set<std::string> manifests;
  for (const auto& record : metadata.snapshots) {
    MOBILAKE_ASSIGN(const auto list,
                    unless_missing(cache_.list(record->snapshot.manifest_list_key)));
    if (!list) continue;
    for (const ManifestFile& manifest : **list)
      manifests.insert(manifest.key);
  }
  for (const std::string& key : manifests) {
    MOBILAKE_ASSIGN(const auto entries, unless_missing(cache_.entries(key, context)));
    if (!entries) continue;
    for (const ManifestEntry& entry : **entries)
      MOBILAKE_TRY(objects_.remove(entry.file.key));
  }
  for (const std::string& key : manifests)
    MOBILAKE_TRY(objects_.remove(key));
  for (const auto& record : metadata.snapshots)
    MOBILAKE_TRY(objects_.remove(record->snapshot.manifest_list_key));
  for (const auto& entry : metadata.log)
    MOBILAKE_TRY(objects_.remove(entry->key));
  return objects_.remove(metadata_key);
}

}  // namespace mobilake::catalog

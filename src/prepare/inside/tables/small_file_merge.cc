// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/tables/small_file_merge.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "formats/parquet_file.h"
#include "prepare/inside/tables/table_files.h"

namespace mobilake::prepare {
namespace {

using catalog::DataFile;

}  // namespace

SmallFileMerge::SmallFileMerge(const PrepareConfig& config, StreamParts parts, Doors doors)
    : config_(config), parts_(parts), doors_(doors) {}

Result<bool> SmallFileMerge::merge_once(const model::TableName& table) {
  // The plan's lease keeps the files while they are read.
  MOBILAKE_ASSIGN(const auto plan, parts_.committer.plan(table));
  const auto files = choose(plan);
  if (files.empty()) return false;
  catalog::TableChange change;
  change.table = table;
  change.summary = {{"mobilake.operation", "merge"}};
  MOBILAKE_ASSIGN(change.added, write_merged(plan.table, files));
  for (const DataFile& file : files)
    change.removed_keys.push_back(file.key);
  catalog::Commit commit;
  commit.changes.push_back(change);
  auto receipt = parts_.committer.commit(commit);
  if (receipt.ok()) return true;
  // Only of a conflict is it certain that nothing refers to the new file.
  if (receipt.error().code != Code::kConflict) return std::move(receipt).error();
  remove_files(change.added, parts_.objects);
  return false;
}

std::vector<DataFile> SmallFileMerge::choose(const catalog::TablePlan& plan) const {
  std::map<std::pair<std::int32_t, int>, std::vector<DataFile>> groups;
  for (const catalog::PlannedFile& planned : plan.files) {
    const DataFile& file = planned.file;
    const bool small = file.size_bytes < static_cast<std::int64_t>(config_.merge_target.value) &&
                       file.row_count <= static_cast<std::int64_t>(config_.merge_rows / 2);
    if (small) groups[{file.day.value_or(0), merge_level(file.key)}].push_back(file);
  }
  for (auto& [place, files] : groups) {
    if (files.size() < config_.merge_files) continue;
    std::stable_sort(files.begin(), files.end(), [](const DataFile& a, const DataFile& b) {
      return a.sequence_number < b.sequence_number;
    });
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    while (count < files.size() && count < config_.merge_files) {
      rows += static_cast<std::uint64_t>(files[count].row_count);
      bytes += static_cast<std::uint64_t>(files[count].size_bytes);
      if (count >= 2 && (rows > config_.merge_rows || bytes > config_.merge_target.value)) break;
      ++count;
    }
    files.resize(count);
    return files;
  }
  return {};
}

Result<std::vector<DataFile>> SmallFileMerge::write_merged(const catalog::TableState& table,
                                                           const std::vector<DataFile>& files) {
  formats::ColumnBatch rows(table.schema.fields());
  std::int64_t row_count = 0;
  for (const DataFile& file : files)
    row_count += file.row_count;
  rows.reserve(static_cast<std::size_t>(row_count));
  int level = 0;
  for (const DataFile& file : files) {
    MOBILAKE_ASSIGN(const std::string bytes, parts_.objects.get(file.key));
    MOBILAKE_TRY(formats::append_parquet(bytes, rows));
    level = std::max(level, merge_level(file.key));
  }
  return store_table_files(table, rows, level + 1, parts_.objects, doors_.random);
}

}  // namespace mobilake::prepare

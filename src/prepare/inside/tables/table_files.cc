// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/tables/table_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <span>
#include <utility>

#include "formats/parquet_file.h"

namespace mobilake::prepare {
namespace {

constexpr std::string_view kLevelMark = "-m";
constexpr std::string_view kSuffix = ".parquet";

/// Returns the place of the column with that field id, or -1.
int place_of(const catalog::TableState& table, int id) {
  const auto& columns = table.schema.columns;
  for (std::size_t place = 0; place < columns.size(); ++place)
    if (columns[place].field.id == id) return static_cast<int>(place);
  return -1;
}

std::string file_key(const catalog::TableState& table, std::int32_t day, int level,
                     Random& random) {
  return catalog::data_file_key(table, day,
                                fmt::format("{:016x}{}{}", random.next(), kLevelMark, level));
}

/// Divides sorted rows by day; within a day they stay sorted.
std::map<std::int32_t, std::vector<std::uint32_t>> by_day(const std::vector<std::uint32_t>& order,
                                                          const formats::Column& times) {
  std::map<std::int32_t, std::vector<std::uint32_t>> days;
  std::vector<std::uint32_t>* rows = nullptr;
  std::int32_t last = 0;
  for (const std::uint32_t row : order) {
    const auto day = catalog::day_of(Timestamp(std::chrono::microseconds(times.integers[row])));
    if (rows == nullptr || day != last) rows = &days[day];
    last = day;
    rows->push_back(row);
  }
  return days;
}

}  // namespace

Result<FileLayout> layout_of(const catalog::TableState& table) {
  const auto& sorted = table.sort_order.source_ids;
  const int first = sorted.size() == 2 ? place_of(table, sorted[0]) : -1;
  const int second = sorted.size() == 2 ? place_of(table, sorted[1]) : -1;
  const int day = place_of(table, table.partition_spec.day_source_id);
  if (first < 0 || second < 0 || day < 0)
    return unsupported(
        "a stream table is sorted by two columns and divided by day, this is not: {}",
        table.name.to_string());
  return FileLayout{static_cast<std::size_t>(first), static_cast<std::size_t>(second),
                    static_cast<std::size_t>(day)};
}

Result<std::vector<catalog::DataFile>> store_table_files(const catalog::TableState& table,
                                                         const formats::ColumnBatch& rows,
                                                         int level, store::ObjectStore& objects,
                                                         Random& random) {
  MOBILAKE_ASSIGN(const FileLayout layout, layout_of(table));
  const auto order = rows.sorted_by(layout.sort_first, layout.sort_second);
  formats::ParquetOptions options;
  options.sorted_by = {layout.sort_first, layout.sort_second};
  std::vector<catalog::DataFile> files;
  for (const auto& [day, places] : by_day(order, rows.column(layout.day_column))) {
    auto file = formats::write_parquet(rows, places, options);
    Result<> stored;
    std::string key;
    if (file.ok()) {
      key = file_key(table, day, level, random);
      stored = objects.put(key, file->bytes);
    } else {
      stored = std::move(file).error();
    }
    if (!stored.ok()) {
      remove_files(files, objects);
      return std::move(stored).error();
    }
    files.push_back(catalog::data_file_of(*file, std::move(key), day));
  }
  return files;
}

int merge_level(std::string_view key) {
  if (!key.ends_with(kSuffix)) return 0;
  key.remove_suffix(kSuffix.size());
  const std::size_t mark = key.rfind(kLevelMark);
  if (mark == std::string_view::npos) return 0;
  int level = 0;
  const char* end = key.data() + key.size();
  const auto read = std::from_chars(key.data() + mark + kLevelMark.size(), end, level);
  return read.ec == std::errc() && read.ptr == end && level >= 0 ? level : 0;
}

void remove_files(const std::vector<catalog::DataFile>& files, store::ObjectStore& objects) {
  // A file that stays behind costs space and is referred to by nobody.
  for (const catalog::DataFile& file : files)
    (void)objects.remove(file.key);
}

}  // namespace mobilake::prepare

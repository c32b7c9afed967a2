// SPDX-License-Identifier: Apache-2.0
#include "catalog/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "catalog/catalog.h"

namespace mobilake::catalog {
namespace {

constexpr std::string_view kMetadataFolder = "/metadata/";

/// Returns "2026-03-02".
std::string day_text(std::int32_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace

std::vector<formats::Field> TableSchema::fields() const {
  std::vector<formats::Field> all;
  for (const TableColumn& column : columns)
    all.push_back(column.field);
  return all;
}

int TableSchema::last_column_id() const {
  int last = 0;
  for (const TableColumn& column : columns)
    last = std::max({last, column.field.id, column.field.key_id, column.field.value_id});
  return last;
}

std::int32_t day_of(Timestamp moment) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  return static_cast<std::int32_t>(day.time_since_epoch().count());
}

std::string data_file_key(const TableState& table, std::optional<std::int32_t> day,
                          std::string_view unique) {
  const std::size_t end = table.metadata_key.rfind(kMetadataFolder);
  MOBILAKE_CHECK(end != std::string::npos);
  const std::string folder = table.metadata_key.substr(0, end);
  if (!day) return fmt::format("{}/data/{}.parquet", folder, unique);
  return fmt::format("{}/data/{}={}/{}.parquet", folder, table.partition_spec.day_name,
                     day_text(*day), unique);
}

DataFile data_file_of(const formats::ParquetFile& file, std::string key,
                      std::optional<std::int32_t> day) {
  DataFile data;
  data.key = std::move(key);
  data.row_count = file.row_count;
  data.size_bytes = static_cast<std::int64_t>(file.bytes.size());
  data.day = day;
  data.columns = file.columns;
  data.split_offsets = file.split_offsets;
  return data;
}

std::string table_resource(const model::TableName& name) {
  return "table/" + name.to_string();
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#include "query/inside/table_scan.h"

#include <fmt/format.h>

#include "query/inside/sql_text.h"

namespace mobilake::query {
namespace {

constexpr std::string_view kFileScheme = "file://";

std::string scope_filter(const std::optional<std::string>& account) {
  return account.has_value() ? fmt::format(" WHERE account = {}", literal(*account)) : "";
}

// A table without rows still has its columns.
std::string select_nothing(const std::vector<formats::Field>& fields) {
  std::string columns;
  for (const formats::Field& field : fields)
    columns += fmt::format("{}CAST(NULL AS {}) AS {}", columns.empty() ? "" : ", ",
                           engine_type(field.type), identifier(field.name));
  return fmt::format("SELECT {} WHERE false", columns);
}

// DuckDB's read_parquet takes a schema by field id: what a file lacks is null.
std::string schema_argument(const std::vector<formats::Field>& fields) {
  std::string entries;
  for (const formats::Field& field : fields)
    entries += fmt::format("{}{}: {{name: {}, type: {}, default_value: NULL}}",
                           entries.empty() ? "" : ", ", field.id, literal(field.name),
                           literal(engine_type(field.type)));
  return fmt::format("MAP {{{}}}", entries);
}

std::string row_text(const SystemTable::Row& row) {
  std::string values;
  for (const auto& value : row)
    values += (values.empty() ? "" : ", ") + (value.has_value() ? literal(*value) : "NULL");
  return "(" + values + ")";
}

}  // namespace

Result<TableScan> scan_of_files(catalog::TablePlan plan, const std::optional<std::string>& account,
                                std::uint64_t files_max) {
  const auto fields = plan.table.schema.fields();
  TableScan scan;
  scan.lease = std::move(plan.lease);
  if (plan.files.empty()) {
    scan.select = select_nothing(fields);
    return scan;
  }
  if (plan.files.size() > files_max)
    return exhausted("table {} has {} files and a statement may read {} (query.files_max)",
                     plan.table.name.to_string(), plan.files.size(), files_max);
  std::string paths;
  for (const auto& planned : plan.files) {
    std::string_view path = planned.location;
    if (!path.starts_with(kFileScheme))
      return internal("a file of table {} lies at \"{}\", where no worker can read it",
                      plan.table.name.to_string(), path);
    path.remove_prefix(kFileScheme.size());
    scan.files.emplace_back(path);
    scan.bytes += static_cast<std::uint64_t>(planned.file.size_bytes);
    paths += (paths.empty() ? "" : ", ") + literal(path);
  }
  std::string columns;
  for (const formats::Field& field : fields)
    columns += (columns.empty() ? "" : ", ") + identifier(field.name);
  scan.select = fmt::format("SELECT {} FROM read_parquet([{}], schema={}){}", columns, paths,
                            schema_argument(fields), scope_filter(account));
  return scan;
}

Result<TableScan> scan_of_values(SystemTable& table, const std::optional<std::string>& account) {
  MOBILAKE_ASSIGN(const auto rows, table.rows());
  TableScan scan;
  if (rows.empty()) {
    scan.select = select_nothing(table.columns());
    return scan;
  }
  std::string values;
  for (const auto& row : rows)
    values += (values.empty() ? "" : ", ") + row_text(row);
  std::string columns;
  std::string names;
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    const formats::Field& field = table.columns()[i];
    columns += fmt::format("{}CAST(c{} AS {}) AS {}", i == 0 ? "" : ", ", i,
                           engine_type(field.type), identifier(field.name));
    names += fmt::format("{}c{}", i == 0 ? "" : ", ", i);
  }
  scan.select = fmt::format("SELECT * FROM (SELECT {} FROM (VALUES {}) AS v({})) AS s{}", columns,
                            values, names, scope_filter(account));
  return scan;
}

}  // namespace mobilake::query

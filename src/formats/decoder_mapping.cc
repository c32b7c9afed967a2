// SPDX-License-Identifier: Apache-2.0
#include "formats/decoder_mapping.h"

#include <algorithm>
#include <set>

#include "formats/inside/decimal_text.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

constexpr std::size_t kColumnsMax = 1000;
constexpr std::size_t kPathLengthMax = 255;

bool is_column_name(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 63 && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), is_part);
}

Result<> check_bound(const SignalColumn& column, const std::optional<std::string>& bound) {
  if (!bound) return {};
  const auto& type = column.type;
  const bool decimal = type.kind == Kind::kDecimal;
  const bool integer = type.kind == Kind::kInt || type.kind == Kind::kLong;
  if (!decimal && !integer && type.kind != Kind::kDouble)
    return invalid("column {} has bounds, which only a number may have", column.name);
  const auto number = parse_decimal_text(*bound, decimal ? type.scale : 0, kDigitsMax);
  if (number.outcome == DecimalOutcome::kNotANumber)
    return invalid("the bound of column {} is no number: {}", column.name, *bound);
  if (type.kind != Kind::kDouble && (number.outcome != DecimalOutcome::kExact))
    return invalid("the bound of column {} is finer or larger than its type: {}", column.name,
                   *bound);
  return {};
}

Result<> check_column(const SignalColumn& column) {
  if (!is_column_name(column.name))
    return invalid("a column name is snake_case, this is {}", column.name);
  if (column.vss_path.empty() && column.json_path.empty())
    return invalid("column {} has no path in any form", column.name);
  if (column.type.kind == Kind::kTextMap || column.type.kind == Kind::kBinary)
    return invalid("a signal cannot be of type {}: {}", type_name(column.type), column.name);
  if (auto type = parse_type_name(type_name(column.type)); !type.ok()) return type.error();
  const int shifted = column.type.scale + column.vss_exponent;
  if (column.vss_exponent != 0 &&
      (column.type.kind != Kind::kDecimal || shifted < 0 || shifted > kDigitsMax))
    return invalid("column {} cannot shift its VSS value by {} digits", column.name,
                   column.vss_exponent);
  MOBILAKE_TRY(check_bound(column, column.minimum));
  if (column.vss_path.size() > kPathLengthMax || column.json_path.size() > kPathLengthMax)
    return invalid("a path of column {} is longer than {} bytes", column.name, kPathLengthMax);
  return check_bound(column, column.maximum);
}

}  // namespace

Result<> check_mapping(const DecoderMapping& mapping) {
  std::set<std::string, std::less<>> names{"vehicle_id", "ts", "seq", "received_at", "extra"};
  std::set<std::string, std::less<>> vss_paths;
  std::set<std::string, std::less<>> json_paths;
  if (mapping.name.empty()) return invalid("a mapping needs a name");
  if (mapping.ts_path.empty()) return invalid("mapping {} needs a ts path", mapping.name);
  if (mapping.columns.size() > kColumnsMax)
    return invalid("mapping {} has more than {} columns", mapping.name, kColumnsMax);
  for (const std::string* path :
       {&mapping.vehicle_path, &mapping.ts_path, &mapping.seq_path, &mapping.signals_path})
    if (path->size() > kPathLengthMax || (!path->empty() && !json_paths.insert(*path).second))
      return invalid("mapping {} uses a path twice, or one too long: {}", mapping.name, *path);
  for (const SignalColumn& column : mapping.columns) {
    MOBILAKE_TRY(check_column(column).within("mapping " + mapping.name));
    if (!names.insert(column.name).second)
      return invalid("mapping {} names a column twice: {}", mapping.name, column.name);
    if (!column.vss_path.empty() && !vss_paths.insert(column.vss_path).second)
      return invalid("mapping {} uses a path twice: {}", mapping.name, column.vss_path);
    if (!column.json_path.empty() && !json_paths.insert(column.json_path).second)
      return invalid("mapping {} uses a path twice: {}", mapping.name, column.json_path);
  }
  // A path that is a folder of another would have to be a value and an object at once.
  for (const std::string& path : json_paths) {
    const auto next = json_paths.lower_bound(path + ".");
    if (next != json_paths.end() && next->starts_with(path + "."))
      return invalid("mapping {} uses {} as a value and as an object", mapping.name, path);
  }
  return {};
}

std::vector<Field> table_fields(const DecoderMapping& mapping) {
  std::vector<Field> fields;
  int id = 0;
  fields.push_back({++id, "vehicle_id", {Kind::kString}, true});
  fields.push_back({++id, "ts", {Kind::kTimestamp}, true});
  fields.push_back({++id, "seq", {Kind::kLong}, false});
  fields.push_back({++id, "received_at", {Kind::kTimestamp}, true});
  for (const SignalColumn& column : mapping.columns)
    fields.push_back({++id, column.name, column.type, false});
  fields.push_back({++id, "extra", {Kind::kTextMap}, false});
  for (Field& field : fields) {
    if (field.type.kind == Kind::kTextList || field.type.kind == Kind::kTextMap)
      field.key_id = ++id;
    if (field.type.kind == Kind::kTextMap) field.value_id = ++id;
  }
  return fields;
}

}  // namespace mobilake::formats

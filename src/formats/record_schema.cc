// SPDX-License-Identifier: Apache-2.0
#include "formats/record_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

constexpr int kPrecisionMax = 18;
constexpr std::string_view kDecimalPrefix = "decimal(";

constexpr std::array<std::pair<Kind, std::string_view>, 9> kNames{{
    {Kind::kBoolean, "boolean"},
    {Kind::kInt, "int"},
    {Kind::kLong, "long"},
    {Kind::kDouble, "double"},
    {Kind::kTimestamp, "timestamptz"},
    {Kind::kString, "string"},
    {Kind::kBinary, "binary"},
    {Kind::kTextList, "list<string>"},
    {Kind::kTextMap, "map<string, string>"},
}};

Result<ColumnType> parse_decimal(std::string_view name) {
  ColumnType type{Kind::kDecimal};
  std::string inside(name.substr(kDecimalPrefix.size()));
  std::erase(inside, ' ');
  const char* end = inside.data() + inside.size();
  const auto precision = std::from_chars(inside.data(), end, type.precision);
  const bool comma = precision.ec == std::errc() && precision.ptr != end && *precision.ptr == ',';
  if (!comma) return unsupported("not a decimal type: {}", name);
  const auto scale = std::from_chars(precision.ptr + 1, end, type.scale);
  if (scale.ec != std::errc() || std::string_view(scale.ptr, end) != ")" || type.precision < 1 ||
      type.precision > kPrecisionMax || type.scale < 0 || type.scale > type.precision)
    return unsupported("a decimal has 1 to {} digits, as many or fewer after the point: {}",
                       kPrecisionMax, name);
  return type;
}

}  // namespace

std::string type_name(const ColumnType& type) {
  if (type.kind == Kind::kDecimal)
    return fmt::format("decimal({}, {})", type.precision, type.scale);
  const auto* row = std::find_if(kNames.begin(), kNames.end(),
                                 [&](const auto& entry) { return entry.first == type.kind; });
  return row == kNames.end() ? std::string() : std::string(row->second);
}

Result<ColumnType> parse_type_name(std::string_view name) {
  if (name.starts_with(kDecimalPrefix)) return parse_decimal(name);
  for (const auto& [kind, word] : kNames)
    if (word == name) return ColumnType{kind};
  return unsupported("no column type is called {}", name);
}

int find_field(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? -1 : static_cast<int>(found - fields.begin());
}

}  // namespace mobilake::formats

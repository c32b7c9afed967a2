// SPDX-License-Identifier: Apache-2.0
#include "serve/http/results/inside/cell_text.h"

#include <arrow/api.h>
#include <arrow/extension_type.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "serve/http/results/base64.h"
#include "serve/http/results/time_text.h"

namespace mobilake::serve {
namespace {

using arrow::Type;

// Beyond it a reader that keeps numbers as doubles loses digits.
constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

template <typename ArrayType>
const ArrayType& as(const arrow::Array& array) {
  return static_cast<const ArrayType&>(array);
}

std::int64_t per_second(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    case arrow::TimeUnit::NANO:
      break;
  }
  return 1'000'000'000;
}

template <typename Number>
CellKind append_integer(Number value, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}", value);
  if constexpr (sizeof(Number) < 8) {
    return CellKind::kBare;
  } else if constexpr (std::is_signed_v<Number>) {
    return value >= -kExactMax && value <= kExactMax ? CellKind::kBare : CellKind::kText;
  } else {
    return value <= static_cast<std::uint64_t>(kExactMax) ? CellKind::kBare : CellKind::kText;
  }
}

template <typename Number>
CellKind append_floating(Number value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return CellKind::kText;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
    return CellKind::kText;
  }
  const std::size_t begin = out.size();
  fmt::format_to(std::back_inserter(out), "{}", value);
  if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
  return CellKind::kBare;
}

CellKind append_number(const arrow::Array& column, std::int64_t row, std::string& out) {
  switch (column.type_id()) {
    case Type::INT8:
      return append_integer(as<arrow::Int8Array>(column).Value(row), out);
    case Type::INT16:
      return append_integer(as<arrow::Int16Array>(column).Value(row), out);
    case Type::INT32:
      return append_integer(as<arrow::Int32Array>(column).Value(row), out);
    case Type::INT64:
      return append_integer(as<arrow::Int64Array>(column).Value(row), out);
    case Type::UINT8:
      return append_integer(as<arrow::UInt8Array>(column).Value(row), out);
    case Type::UINT16:
      return append_integer(as<arrow::UInt16Array>(column).Value(row), out);
    case Type::UINT32:
      return append_integer(as<arrow::UInt32Array>(column).Value(row), out);
    case Type::UINT64:
      return append_integer(as<arrow::UInt64Array>(column).Value(row), out);
    case Type::FLOAT:
      return append_floating(as<arrow::FloatArray>(column).Value(row), out);
    default:
      return append_floating(as<arrow::DoubleArray>(column).Value(row), out);
  }
}

// "-12.340" from the digits and the scale, never with an exponent.
CellKind append_decimal(std::string digits, std::int32_t scale, std::string& out) {
  if (digits.starts_with('-')) {
    out += '-';
    digits.erase(0, 1);
  }
  if (scale <= 0) {
    out += digits + std::string(digits == "0" ? 0 : static_cast<std::size_t>(-scale), '0');
    return CellKind::kText;
  }
  const auto places = static_cast<std::size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  out += digits.substr(0, digits.size() - places) + "." + digits.substr(digits.size() - places);
  return CellKind::kText;
}

CellKind append_decimal_cell(const arrow::Array& column, std::int64_t row, std::string& out) {
  const auto& type = static_cast<const arrow::DecimalType&>(*column.type());
  const auto* const bytes = as<arrow::FixedSizeBinaryArray>(column).GetValue(row);
  switch (column.type_id()) {
    case Type::DECIMAL32:
      return append_decimal(arrow::Decimal32(bytes).ToIntegerString(), type.scale(), out);
    case Type::DECIMAL64:
      return append_decimal(arrow::Decimal64(bytes).ToIntegerString(), type.scale(), out);
    case Type::DECIMAL128:
      return append_decimal(arrow::Decimal128(bytes).ToIntegerString(), type.scale(), out);
    default:
      return append_decimal(arrow::Decimal256(bytes).ToIntegerString(), type.scale(), out);
  }
}

CellKind append_time(const arrow::Array& column, std::int64_t row, std::string& out) {
  const arrow::DataType& type = *column.type();
  switch (column.type_id()) {
    case Type::DATE32:
      out += date_text(as<arrow::Date32Array>(column).Value(row));
      break;
    case Type::DATE64:
      out += timestamp_text(as<arrow::Date64Array>(column).Value(row), 1'000).substr(0, 10);
      break;
    case Type::TIME32:
      out += time_of_day_text(as<arrow::Time32Array>(column).Value(row),
                              per_second(static_cast<const arrow::Time32Type&>(type).unit()));
      break;
    case Type::TIME64:
      out += time_of_day_text(as<arrow::Time64Array>(column).Value(row),
                              per_second(static_cast<const arrow::Time64Type&>(type).unit()));
      break;
    case Type::TIMESTAMP:
      out += timestamp_text(as<arrow::TimestampArray>(column).Value(row),
                            per_second(static_cast<const arrow::TimestampType&>(type).unit()));
      break;
    case Type::DURATION:
      out += duration_text(as<arrow::DurationArray>(column).Value(row),
                           per_second(static_cast<const arrow::DurationType&>(type).unit()));
      break;
    case Type::INTERVAL_MONTHS:
      out += interval_text(as<arrow::MonthIntervalArray>(column).Value(row), 0, 0);
      break;
    case Type::INTERVAL_DAY_TIME: {
      const auto value = as<arrow::DayTimeIntervalArray>(column).GetValue(row);
      out += interval_text(0, value.days, std::int64_t{value.milliseconds} * 1'000'000);
      break;
    }
    default: {
      const auto value = as<arrow::MonthDayNanoIntervalArray>(column).GetValue(row);
      out += interval_text(value.months, value.days, value.nanoseconds);
    }
  }
  return CellKind::kText;
}

CellKind append_bytes(const arrow::Array& column, std::int64_t row, std::string& out) {
  switch (column.type_id()) {
    case Type::STRING:
      out += as<arrow::StringArray>(column).GetView(row);
      break;
    case Type::LARGE_STRING:
      out += as<arrow::LargeStringArray>(column).GetView(row);
      break;
    case Type::STRING_VIEW:
      out += as<arrow::StringViewArray>(column).GetView(row);
      break;
    case Type::BINARY:
      out += base64(as<arrow::BinaryArray>(column).GetView(row));
      break;
    case Type::LARGE_BINARY:
      out += base64(as<arrow::LargeBinaryArray>(column).GetView(row));
      break;
    case Type::BINARY_VIEW:
      out += base64(as<arrow::BinaryViewArray>(column).GetView(row));
      break;
    default:
      out += base64(as<arrow::FixedSizeBinaryArray>(column).GetView(row));
  }
  return CellKind::kText;
}

CellKind append_list(const arrow::Array& values, std::int64_t from, std::int64_t length,
                     std::string& out) {
  out += '[';
  for (std::int64_t i = 0; i < length; ++i) {
    if (i > 0) out += ',';
    append_json_cell(values, from + i, out);
  }
  out += ']';
  return CellKind::kNested;
}

template <typename ListArray>
CellKind append_list_of(const arrow::Array& column, std::int64_t row, std::string& out) {
  const auto& lists = as<ListArray>(column);
  return append_list(*lists.values(), lists.value_offset(row), lists.value_length(row), out);
}

CellKind append_map(const arrow::Array& column, std::int64_t row, std::string& out) {
  const auto& maps = as<arrow::MapArray>(column);
  out += '{';
  for (std::int64_t i = 0; i < maps.value_length(row); ++i) {
    const std::int64_t at = maps.value_offset(row) + i;
    std::string key;
    append_cell(*maps.keys(), at, key);
    if (i > 0) out += ',';
    append_json_string(key, out);
    out += ':';
    append_json_cell(*maps.items(), at, out);
  }
  out += '}';
  return CellKind::kNested;
}

CellKind append_struct(const arrow::Array& column, std::int64_t row, std::string& out) {
  const auto& structs = as<arrow::StructArray>(column);
  out += '{';
  for (int i = 0; i < structs.num_fields(); ++i) {
    if (i > 0) out += ',';
    append_json_string(structs.type()->field(i)->name(), out);
    out += ':';
    append_json_cell(*structs.field(i), row, out);
  }
  out += '}';
  return CellKind::kNested;
}

// A union has no nulls of its own: the value of the child that the row names.
CellKind append_union(const arrow::Array& column, std::int64_t row, std::string& out) {
  const auto& unions = as<arrow::UnionArray>(column);
  const int child = unions.child_id(row);
  const std::int64_t at = column.type_id() == Type::DENSE_UNION
                              ? as<arrow::DenseUnionArray>(column).value_offset(row)
                              : row;
  return append_cell(*unions.field(child), at, out);
}

CellKind append_extension(const arrow::Array& column, std::int64_t row, std::string& out) {
  const auto& extension = as<arrow::ExtensionArray>(column);
  const bool is_uuid = extension.extension_type()->extension_name() == "arrow.uuid";
  if (!is_uuid) return append_cell(*extension.storage(), row, out);
  const std::string_view bytes = as<arrow::FixedSizeBinaryArray>(*extension.storage()).GetView(row);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    out += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                       static_cast<unsigned char>(bytes[i]));
  return CellKind::kText;
}

CellKind append_nested(const arrow::Array& column, std::int64_t row, std::string& out) {
  switch (column.type_id()) {
    case Type::LIST:
      return append_list_of<arrow::ListArray>(column, row, out);
    case Type::LARGE_LIST:
      return append_list_of<arrow::LargeListArray>(column, row, out);
    case Type::FIXED_SIZE_LIST:
      return append_list_of<arrow::FixedSizeListArray>(column, row, out);
    case Type::LIST_VIEW:
      return append_list_of<arrow::ListViewArray>(column, row, out);
    case Type::LARGE_LIST_VIEW:
      return append_list_of<arrow::LargeListViewArray>(column, row, out);
    case Type::MAP:
      return append_map(column, row, out);
    case Type::STRUCT:
      return append_struct(column, row, out);
    case Type::DICTIONARY: {
      const auto& coded = as<arrow::DictionaryArray>(column);
      return append_cell(*coded.dictionary(), coded.GetValueIndex(row), out);
    }
    case Type::EXTENSION:
      return append_extension(column, row, out);
    default: {
      // What no engine of ours gives, half floats and run ends: in Arrow's own words.
      const auto value = column.GetScalar(row);
      out += value.ok() ? (*value)->ToString() : "";
      return CellKind::kText;
    }
  }
}

}  // namespace

CellKind append_cell(const arrow::Array& column, std::int64_t row, std::string& out) {
  const Type::type id = column.type_id();
  if (id == Type::SPARSE_UNION || id == Type::DENSE_UNION) return append_union(column, row, out);
  if (column.IsNull(row)) return CellKind::kNull;
  if (id == Type::BOOL) {
    out += as<arrow::BooleanArray>(column).Value(row) ? "true" : "false";
    return CellKind::kBare;
  }
  if (arrow::is_integer(id) || id == Type::FLOAT || id == Type::DOUBLE)
    return append_number(column, row, out);
  if (arrow::is_decimal(id)) return append_decimal_cell(column, row, out);
  const bool is_time = arrow::is_temporal(id) || arrow::is_interval(id) || id == Type::DURATION;
  if (is_time) return append_time(column, row, out);
  const bool is_bytes = arrow::is_base_binary_like(id) || arrow::is_binary_view_like(id) ||
                        id == Type::FIXED_SIZE_BINARY;
  if (is_bytes) return append_bytes(column, row, out);
  return append_nested(column, row, out);
}

void append_json_cell(const arrow::Array& column, std::int64_t row, std::string& out) {
  const std::size_t begin = out.size();
  const CellKind kind = append_cell(column, row, out);
  if (kind == CellKind::kNull) {
    out += "null";
  } else if (kind == CellKind::kText) {
    const std::string text = out.substr(begin);
    out.resize(begin);
    append_json_string(text, out);
  }
}

void append_json_string(std::string_view text, std::string& out) {
  const auto needs_no_escape = [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
  };
  if (!base::is_valid_utf8(text)) {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  out += '"';
  for (const char c : text) {
    if (needs_no_escape(c))
      out += c;
    else if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
  }
  out += '"';
}

}  // namespace mobilake::serve

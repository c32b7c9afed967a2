// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/column_bounds.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;
using Rows = std::span<const std::uint32_t>;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Returns how many bytes the first 16 code points (or bytes) of `text` take.
std::size_t kept_bytes(std::string_view text, bool binary) {
  std::size_t points = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!binary && is_continuation(text[i])) continue;
    if (points++ == kBoundCodePoints) return i;
  }
  return text.size();
}

/// Raises the last byte that leaves the text well-formed: only ASCII below '~' is raised, others
/// are cut.
std::optional<std::string> raised(std::string text, bool binary) {
  while (!text.empty()) {
    const auto last = static_cast<unsigned char>(text.back());
    if (binary ? last < 0xff : last < 0x7e) {
      text.back() = static_cast<char>(last + 1);
      return text;
    }
    text.pop_back();
    while (!binary && !text.empty() && is_continuation(text.back()))
      text.pop_back();
  }
  return std::nullopt;
}

void set_integer_bounds(const Column& column, Rows rows, ColumnFacts& facts) {
  std::int64_t lower = INT64_MAX;
  std::int64_t upper = INT64_MIN;
  for (const std::uint32_t row : rows) {
    if (column.valid[row] == 0) continue;
    lower = std::min(lower, column.integers[row]);
    upper = std::max(upper, column.integers[row]);
  }
  if (lower > upper) return;
  facts.lower = lower;
  facts.upper = upper;
}

void set_double_bounds(const Column& column, Rows rows, ColumnFacts& facts) {
  bool found = false;
  double lower = 0;
  double upper = 0;
  for (const std::uint32_t row : rows) {
    const double value = column.doubles[row];
    if (column.valid[row] == 0) continue;
    if (std::isnan(value)) return;  // NaN has no place in an order, so there are no bounds
    lower = found ? std::min(lower, value) : value;
    upper = found ? std::max(upper, value) : value;
    found = true;
  }
  if (!found) return;
  facts.lower = lower;
  facts.upper = upper;
}

void set_text_bounds(const Column& column, Rows rows, ColumnFacts& facts) {
  // A coded column's texts may hold some that no row uses.
  std::vector<std::uint8_t> used(column.texts.size());
  for (const std::uint32_t row : rows)
    if (column.valid[row] != 0) used[column.coded ? column.codes[row] : row] = 1;
  std::optional<std::string_view> lower;
  std::optional<std::string_view> upper;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i] == 0) continue;
    const std::string_view text = column.texts[i];
    if (!lower || text < *lower) lower = text;
    if (!upper || text > *upper) upper = text;
  }
  if (!lower) return;
  const bool binary = column.type.kind == Kind::kBinary;
  facts.lower = lower_bound_text(*lower, binary);
  if (auto text = upper_bound_text(*upper, binary)) facts.upper = std::move(*text);
}

}  // namespace

std::string lower_bound_text(std::string_view text, bool binary) {
  return std::string(text.substr(0, kept_bytes(text, binary)));
}

std::optional<std::string> upper_bound_text(std::string_view text, bool binary) {
  const std::size_t kept = kept_bytes(text, binary);
  if (kept == text.size()) return std::string(text);
  return raised(std::string(text.substr(0, kept)), binary);
}

void set_bounds(const Column& column, std::span<const std::uint32_t> rows, ColumnFacts& facts) {
  facts.value_count = static_cast<std::int64_t>(rows.size());
  facts.null_count = std::count_if(rows.begin(), rows.end(),
                                   [&](std::uint32_t row) { return column.valid[row] == 0; });
  if (column.type.kind == Kind::kDouble)
    set_double_bounds(column, rows, facts);
  else if (column.type.kind == Kind::kString || column.type.kind == Kind::kBinary)
    set_text_bounds(column, rows, facts);
  else
    set_integer_bounds(column, rows, facts);
}

}  // namespace mobilake::formats

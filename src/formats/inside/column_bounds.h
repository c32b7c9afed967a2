// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "formats/column_batch.h"
#include "formats/parquet_file.h"

namespace mobilake::formats {

/// Texts in bounds keep this many code points, as Iceberg's truncate(16) metrics do.
constexpr std::size_t kBoundCodePoints = 16;

/// Returns a text that is not above `text` and at most 16 code points long (bytes where `binary`).
std::string lower_bound_text(std::string_view text, bool binary);

/// Returns a text that is not below `text` and at most 16 code points long, or nothing if there is
/// none.
std::optional<std::string> upper_bound_text(std::string_view text, bool binary);

/// Counts rows of which `values` are those that have one, and widens the bounds to hold these.
template <typename Value>
void widen_bounds(std::span<const Value> values, std::size_t rows, ColumnFacts& facts) {
  facts.value_count += static_cast<std::int64_t>(rows);
  facts.null_count += static_cast<std::int64_t>(rows - values.size());
  if (values.empty()) return;
  Value lower = values.front();
  Value upper = values.front();
  for (const Value value : values) {
    lower = std::min(lower, value);
    upper = std::max(upper, value);
  }
  if (!facts.lower || lower < std::get<std::int64_t>(*facts.lower))
    facts.lower = static_cast<std::int64_t>(lower);
  if (!facts.upper || upper > std::get<std::int64_t>(*facts.upper))
    facts.upper = static_cast<std::int64_t>(upper);
}

/// Sets value and null counts and the bounds of rows of a column that has neither list nor map.
void set_bounds(const Column& column, std::span<const std::uint32_t> rows, ColumnFacts& facts);

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// Sets value and null counts and the bounds of rows of a column that has neither list nor map.
void set_bounds(const Column& column, std::span<const std::uint32_t> rows, ColumnFacts& facts);

}  // namespace mobilake::formats

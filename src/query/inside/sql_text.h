// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "formats/record_schema.h"

namespace mobilake::query {

/// Returns a text literal.
std::string literal(std::string_view text);

/// Returns a quoted identifier.
std::string identifier(std::string_view name);

/// Returns DuckDB's name of a column type.
std::string engine_type(const formats::ColumnType& type);

}  // namespace mobilake::query

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mobilake::serve {

/// How the text of a cell stands in JSON.
enum class CellKind {
  kNull,    ///< as null; the text is empty
  kBare,    ///< as it is: a number or a boolean
  kText,    ///< in quotes
  kNested,  ///< as it is: the text is JSON, an array or object
};

/// Appends the text of a cell and returns its kind.
CellKind append_cell(const arrow::Array& column, std::int64_t row, std::string& out);

/// Appends a cell as JSON.
void append_json_cell(const arrow::Array& column, std::int64_t row, std::string& out);

/// Appends a JSON string; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string_view text, std::string& out);

/// Returns the type's name in SQL, "DECIMAL(9,6)", "VARCHAR[]".
std::string sql_type_name(const arrow::DataType& type);

}  // namespace mobilake::serve

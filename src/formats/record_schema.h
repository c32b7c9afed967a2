// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mobilake::formats {

/// The type of a column, in the words of Iceberg.
struct ColumnType {
  enum class Kind {
    kBoolean,
    kInt,   ///< 32 bits
    kLong,  ///< 64 bits
    kDouble,
    kTimestamp,  ///< timestamptz: microseconds since 1970, UTC
    kDecimal,    ///< decimal(precision, scale) of at most 18 digits
    kString,     ///< UTF-8
    kBinary,
    kTextList,  ///< list<string>
    kTextMap,   ///< map<string, string>
  };

  Kind kind = Kind::kString;
  int precision = 0;  ///< of a decimal: digits in all, 1 to 18
  int scale = 0;      ///< of a decimal: digits after the point

  bool operator==(const ColumnType&) const = default;
};

/// Returns Iceberg's word for a type, e.g. "timestamptz", "decimal(9, 6)", "list<string>".
std::string type_name(const ColumnType& type);

/// Reads what type_name() writes; blanks within a decimal's brackets do not matter. Fails with:
/// unsupported.
Result<ColumnType> parse_type_name(std::string_view name);

/// A named column with the ids that outlive renames.
struct Field {
  int id = 0;
  std::string name;
  ColumnType type;
  bool required = false;
  int key_id = 0;    ///< of a list's element or a map's key; 0 for other types
  int value_id = 0;  ///< of a map's value; 0 for other types

  bool operator==(const Field&) const = default;
};

/// Returns the place of the column called `name`, or -1.
int find_field(const std::vector<Field>& fields, std::string_view name);

}  // namespace mobilake::formats

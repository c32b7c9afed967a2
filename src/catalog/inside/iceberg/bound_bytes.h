// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/parquet_file.h"
#include "formats/record_schema.h"

namespace mobilake::catalog {

/// Returns a bound in Iceberg's single-value form (table specification, appendix D, "Binary
/// single-value serialization"). Requires: the value is of the type's kind.
std::string bound_bytes(const formats::ColumnType& type, const formats::BoundValue& value);

/// Reads what bound_bytes() writes; nothing where the bytes are not of that type.
std::optional<formats::BoundValue> bound_of(const formats::ColumnType& type,
                                            std::string_view bytes);

/// The same for a day, a partition value of type date.
std::string day_bytes(std::int32_t day);

}  // namespace mobilake::catalog

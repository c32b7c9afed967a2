// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parquet/properties.h>
#include <parquet/schema.h>

#include <memory>
#include <string>
#include <vector>

#include "formats/column_batch.h"
#include "formats/parquet_file.h"

namespace mobilake::formats {

/// Decimals of at most this many digits are stored as int32, others as int64.
constexpr int kInt32Digits = 9;

/// Returns the Parquet schema of a table's columns, field ids included.
std::shared_ptr<parquet::schema::GroupNode> parquet_schema(const std::vector<Field>& fields);

/// Returns the dotted paths of a column's leaves: one, or two for a map.
std::vector<std::string> leaf_paths(const Field& field);

/// Returns compression, pages, index and an encoding per column.
std::shared_ptr<parquet::WriterProperties> parquet_properties(const ColumnBatch& batch,
                                                              const ParquetOptions& options);

}  // namespace mobilake::formats

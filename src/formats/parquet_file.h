// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "formats/column_batch.h"

namespace mobilake::formats {

/// A least or greatest value: integer kinds as std::int64_t, texts shortened as Iceberg does.
using BoundValue = std::variant<std::int64_t, double, std::string>;

/// What a file's writer knows of one column (a leaf: a list's element, a map's key or value).
struct ColumnFacts {
  int field_id = 0;
  std::int64_t size_bytes = 0;   ///< compressed, in the file
  std::int64_t value_count = 0;  ///< nulls included
  std::int64_t null_count = 0;
  std::optional<BoundValue>
      lower{};  ///< none for columns without a value, NaN, list and map leaves
  std::optional<BoundValue> upper{};
};

/// A whole Parquet file in memory, with what a manifest says of it.
struct ParquetFile {
  std::string bytes;
  std::int64_t row_count = 0;
  std::vector<ColumnFacts> columns;
  std::vector<std::int64_t> split_offsets;  ///< where row groups begin
};

struct ParquetOptions {
  /// Places of the columns by which the rows are sorted, ascending, nulls first; written to the
  /// footer.
  std::vector<std::size_t> sorted_by;
  /// Zstandard level. Bounds 1 to 19.
  int compression_level = 3;
  /// Rows per row group. Bounds 1 to 10,000,000.
  std::int64_t row_group_rows = 1 << 20;
  /// Bytes per data page before compression. Bounds 4 KiB to 16 MiB.
  std::int64_t page_bytes = 1 << 20;
};

/// Writes rows of a batch, in the order given, as Parquet: field ids, sorting columns, statistics,
/// page index, page checksums, V2 data pages, zstd; decimals as int32 or int64 with delta encoding;
/// an encoding per column. Layout: docs/formats/table-files.md. Requires: each of `rows` is a row
/// of the batch, and they are in the order that `sorted_by` says. Fails with: invalid (a required
/// column has nulls), internal (Arrow).
Result<ParquetFile> write_parquet(const ColumnBatch& batch, std::span<const std::uint32_t> rows,
                                  const ParquetOptions& options);

/// As write_parquet() of all rows as they stand.
Result<ParquetFile> write_parquet(const ColumnBatch& batch, const ParquetOptions& options);

/// Reads columns of a Parquet file by field id, so that added, renamed and dropped columns come out
/// right: a field that the file lacks is null. String columns come back coded.
/// Fails with: corrupt (not Parquet, or damaged), unsupported (a type that is not the field's).
Result<ColumnBatch> read_parquet(std::string_view bytes, const std::vector<Field>& fields);

/// As read_parquet(), behind the rows that the batch has. After a failure the batch is good for
/// nothing but to be thrown away.
Result<> append_parquet(std::string_view bytes, ColumnBatch& batch);

}  // namespace mobilake::formats

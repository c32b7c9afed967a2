// SPDX-License-Identifier: Apache-2.0
#include <arrow/array.h>
#include <arrow/io/memory.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>

#include "formats/inside/column_bounds.h"
#include "formats/inside/parquet_schema.h"
#include "formats/parquet_file.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

/// Rows of a batch in the order in which they are written.
using Rows = std::span<const std::uint32_t>;

/// Buffers that live through all columns of a file.
struct WriteBuffers {
  std::vector<std::int16_t> definition;
  std::vector<std::int16_t> repetition;
  std::vector<std::int32_t> integers;
  std::vector<std::int64_t> longs;
  std::vector<double> doubles;
  std::vector<parquet::ByteArray> texts;
};

parquet::ByteArray byte_array(std::string_view text) {
  return {static_cast<std::uint32_t>(text.size()),
          reinterpret_cast<const std::uint8_t*>(text.data())};
}

bool has_no_value(const Column& column) {
  return std::memchr(column.valid.data(), 1, column.valid.size()) == nullptr;
}

bool has_all_values(const Column& column) {
  return std::memchr(column.valid.data(), 0, column.valid.size()) == nullptr;
}

/// Gathers the values of rows that have one, and says which those are. Rows lie far apart in
/// memory, so each column is gone through once.
template <typename Values, typename ValueOf>
std::size_t gather(const Column& column, Rows rows, WriteBuffers& buffers, Values& values,
                   ValueOf value_of) {
  if (has_no_value(column)) {
    buffers.definition.assign(rows.size(), 0);
    return 0;
  }
  if (has_all_values(column)) {
    buffers.definition.assign(rows.size(), 1);
    for (std::size_t i = 0; i < rows.size(); ++i)
      values[i] = value_of(rows[i]);
    return rows.size();
  }
  buffers.definition.resize(rows.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int16_t level = column.valid[rows[i]] != 0 ? 1 : 0;
    buffers.definition[i] = level;
    values[count] = value_of(rows[i]);
    count += static_cast<std::size_t>(level);
  }
  return count;
}

/// Hands the values of rows that have one to the column's writer.
template <typename Writer, typename Value, typename ValueOf>
void write_dense(parquet::ColumnWriter& column_writer, const Column& column, Rows rows,
                 WriteBuffers& buffers, std::vector<Value>& values, ValueOf value_of) {
  values.resize(rows.size());
  values.resize(gather(column, rows, buffers, values, value_of));
  static_cast<Writer&>(column_writer)
      .WriteBatch(static_cast<std::int64_t>(rows.size()), buffers.definition.data(), nullptr,
                  values.data());
}

void write_booleans(parquet::ColumnWriter& writer, const Column& column, Rows rows,
                    WriteBuffers& buffers) {
  const auto values = std::make_unique<bool[]>(rows.size());
  gather(column, rows, buffers, values, [&](std::size_t row) { return column.integers[row] != 0; });
  static_cast<parquet::BoolWriter&>(writer).WriteBatch(
      static_cast<std::int64_t>(rows.size()), buffers.definition.data(), nullptr, values.get());
}

/// Writes one leaf of a list or map column: `texts` are the elements, the keys or the values.
void write_entries(parquet::ColumnWriter& writer, const Column& column, const Texts& texts,
                   bool required, Rows rows, WriteBuffers& buffers) {
  // Levels: a missing list, an empty one, an entry; a required list is never missing.
  const std::int16_t empty_level = required ? 0 : 1;
  buffers.definition.clear();
  buffers.repetition.clear();
  buffers.texts.clear();
  const bool empty = has_no_value(column);
  if (empty) buffers.definition.assign(rows.size(), 0);
  if (empty) buffers.repetition.assign(rows.size(), 0);
  for (const std::uint32_t row : empty ? Rows{} : rows) {
    const std::uint32_t first = row == 0 ? 0 : column.entry_ends[row - 1];
    const std::uint32_t last = column.entry_ends[row];
    if (first == last) {
      buffers.definition.push_back(column.valid[row] != 0 ? empty_level : std::int16_t{0});
      buffers.repetition.push_back(0);
    }
    for (std::uint32_t entry = first; entry < last; ++entry) {
      buffers.definition.push_back(static_cast<std::int16_t>(empty_level + 1));
      buffers.repetition.push_back(entry == first ? 0 : 1);
      buffers.texts.push_back(byte_array(texts[entry]));
    }
  }
  static_cast<parquet::ByteArrayWriter&>(writer).WriteBatch(
      static_cast<std::int64_t>(buffers.definition.size()), buffers.definition.data(),
      buffers.repetition.data(), buffers.texts.data());
}

bool is_stored_as_int32(const ColumnType& type) {
  return type.kind == Kind::kInt || (type.kind == Kind::kDecimal && type.precision <= kInt32Digits);
}

/// Sets the facts of integer columns, which are known once their values were gathered.
void write_column(parquet::RowGroupWriter& group, const Field& field, const Column& column,
                  Rows rows, WriteBuffers& buffers, ColumnFacts& facts) {
  parquet::ColumnWriter& writer = *group.NextColumn();
  const auto integer_of = [&](std::size_t row) { return column.integers[row]; };
  switch (field.type.kind) {
    case Kind::kBoolean:
      return write_booleans(writer, column, rows, buffers);
    case Kind::kDouble:
      return write_dense<parquet::DoubleWriter>(
          writer, column, rows, buffers, buffers.doubles,
          [&](std::size_t row) { return column.doubles[row]; });
    case Kind::kString:
    case Kind::kBinary:
      return write_dense<parquet::ByteArrayWriter>(
          writer, column, rows, buffers, buffers.texts,
          [&](std::size_t row) { return byte_array(column.text(row)); });
    case Kind::kTextList:
      return write_entries(writer, column, column.texts, field.required, rows, buffers);
    case Kind::kTextMap:
      write_entries(writer, column, column.texts, field.required, rows, buffers);
      return write_entries(*group.NextColumn(), column, column.values, field.required, rows,
                           buffers);
    default:
      break;
  }
  if (!is_stored_as_int32(field.type)) {
    write_dense<parquet::Int64Writer>(writer, column, rows, buffers, buffers.longs, integer_of);
    return widen_bounds<std::int64_t>(buffers.longs, rows.size(), facts);
  }
  write_dense<parquet::Int32Writer>(
      writer, column, rows, buffers, buffers.integers,
      [&](std::size_t row) { return static_cast<std::int32_t>(column.integers[row]); });
  widen_bounds<std::int32_t>(buffers.integers, rows.size(), facts);
}

/// Adds sizes from the footer to what the batch says of each leaf.
void add_sizes(const parquet::FileMetaData& footer, ParquetFile& file) {
  for (int g = 0; g < footer.num_row_groups(); ++g) {
    const auto group = footer.RowGroup(g);
    for (std::size_t leaf = 0; leaf < file.columns.size(); ++leaf) {
      const auto chunk = group->ColumnChunk(static_cast<int>(leaf));
      file.columns[leaf].size_bytes += chunk->total_compressed_size();
      if (leaf == 0)
        file.split_offsets.push_back(chunk->has_dictionary_page() ? chunk->dictionary_page_offset()
                                                                  : chunk->data_page_offset());
    }
  }
}

bool is_gathered_integer(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kLong || kind == Kind::kTimestamp ||
         kind == Kind::kDecimal;
}

std::int64_t entry_count(const Column& column, Rows rows) {
  std::int64_t count = 0;
  for (const std::uint32_t row : rows)
    count += column.entry_ends[row] - (row == 0 ? 0 : column.entry_ends[row - 1]);
  return count;
}

/// Returns the facts of all leaves, but for the bounds and counts of integers.
std::vector<ColumnFacts> facts_of(const ColumnBatch& batch, Rows rows) {
  std::vector<ColumnFacts> all;
  for (std::size_t i = 0; i < batch.fields().size(); ++i) {
    const Field& field = batch.fields()[i];
    const Column& column = batch.column(i);
    ColumnFacts facts{.field_id = field.id};
    if (field.type.kind == Kind::kTextList || field.type.kind == Kind::kTextMap) {
      facts.field_id = field.key_id;
      facts.value_count = entry_count(column, rows);
      all.push_back(facts);
      if (field.type.kind == Kind::kTextList) continue;
      facts.field_id = field.value_id;
    } else if (!is_gathered_integer(field.type.kind)) {
      set_bounds(column, rows, facts);
    }
    all.push_back(std::move(facts));
  }
  return all;
}

ParquetFile write_groups(const ColumnBatch& batch, Rows rows, const ParquetOptions& options) {
  PARQUET_ASSIGN_OR_THROW(auto sink, arrow::io::BufferOutputStream::Create(1 << 20));
  auto writer = parquet::ParquetFileWriter::Open(sink, parquet_schema(batch.fields()),
                                                 parquet_properties(batch, options));
  ParquetFile file;
  file.columns = facts_of(batch, rows);
  WriteBuffers buffers;
  const auto step = static_cast<std::size_t>(options.row_group_rows);
  for (std::size_t begin = 0; begin < rows.size(); begin += step) {
    const Rows some = rows.subspan(begin, std::min(step, rows.size() - begin));
    parquet::RowGroupWriter& group = *writer->AppendRowGroup();
    std::size_t leaf = 0;
    for (std::size_t i = 0; i < batch.fields().size(); ++i) {
      const Field& field = batch.fields()[i];
      write_column(group, field, batch.column(i), some, buffers, file.columns[leaf]);
      leaf += leaf_paths(field).size();
    }
    group.Close();
  }
  writer->Close();
  PARQUET_ASSIGN_OR_THROW(auto bytes, sink->Finish());
  file.bytes.assign(reinterpret_cast<const char*>(bytes->data()),
                    static_cast<std::size_t>(bytes->size()));
  file.row_count = static_cast<std::int64_t>(rows.size());
  add_sizes(*writer->metadata(), file);
  return file;
}

Result<> check_batch(const ColumnBatch& batch, const ParquetOptions& options) {
  if (options.row_group_rows < 1) return invalid("a row group has at least one row");
  for (std::size_t i = 0; i < batch.fields().size(); ++i) {
    const auto& valid = batch.column(i).valid;
    if (valid.size() != batch.row_count())
      return invalid("column {} has {} rows of {}", batch.fields()[i].name, valid.size(),
                     batch.row_count());
    if (batch.fields()[i].required && std::find(valid.begin(), valid.end(), 0) != valid.end())
      return invalid("column {} is required and has rows without a value", batch.fields()[i].name);
  }
  return {};
}

}  // namespace

Result<ParquetFile> write_parquet(const ColumnBatch& batch, std::span<const std::uint32_t> rows,
                                  const ParquetOptions& options) {
  MOBILAKE_TRY(check_batch(batch, options));
  try {
    return write_groups(batch, rows, options);
  } catch (const std::exception& failure) {
    return internal("writing Parquet: {}", failure.what());
  }
}

Result<ParquetFile> write_parquet(const ColumnBatch& batch, const ParquetOptions& options) {
  std::vector<std::uint32_t> rows(batch.row_count());
  std::iota(rows.begin(), rows.end(), 0u);
  return write_parquet(batch, rows, options);
}

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "formats/inside/parquet_schema.h"
#include "formats/parquet_file.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

constexpr std::int64_t kReadRows = 4096;

/// Returns the leaf of a file with that field id, or -1.
int leaf_of(const parquet::SchemaDescriptor& schema, int field_id) {
  for (int leaf = 0; leaf < schema.num_columns(); ++leaf)
    if (schema.Column(leaf)->schema_node()->field_id() == field_id) return leaf;
  return -1;
}

/// Calls `take(definition, repetition, value or null)` for every level of a leaf.
template <typename PhysicalType, typename Take>
void walk_leaf(parquet::ColumnReader& column_reader, Take take) {
  auto& reader = static_cast<parquet::TypedColumnReader<PhysicalType>&>(column_reader);
  using Value = typename PhysicalType::c_type;
  const auto values = std::make_unique<Value[]>(kReadRows);
  std::vector<std::int16_t> definition(kReadRows);
  std::vector<std::int16_t> repetition(kReadRows);
  const std::int16_t defined = reader.descr()->max_definition_level();
  while (reader.HasNext()) {
    std::int64_t values_read = 0;
    const std::int64_t levels = reader.ReadBatch(kReadRows, definition.data(), repetition.data(),
                                                 values.get(), &values_read);
    std::int64_t next = 0;
    for (std::int64_t i = 0; i < levels; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::int16_t level = defined == 0 ? defined : definition[at];
      const bool present = level == defined;
      take(level, reader.descr()->max_repetition_level() == 0 ? std::int16_t{0} : repetition[at],
           present ? &values[static_cast<std::size_t>(next++)] : nullptr);
    }
  }
}

std::string_view view(const parquet::ByteArray& text) {
  return {reinterpret_cast<const char*>(text.ptr), text.len};
}

template <typename PhysicalType>
void read_integers(parquet::ColumnReader& reader, Column& column) {
  walk_leaf<PhysicalType>(reader, [&](std::int16_t, std::int16_t, const auto* value) {
    if (value == nullptr)
      column.append_null();
    else
      column.append_integer(static_cast<std::int64_t>(*value));
  });
}

void read_texts(parquet::ColumnReader& reader, ColumnBatch& batch, std::size_t index) {
  const bool coded = batch.column(index).type.kind == Kind::kString;
  batch.column(index).coded = coded;
  walk_leaf<parquet::ByteArrayType>(
      reader, [&](std::int16_t, std::int16_t, const parquet::ByteArray* value) {
        if (value == nullptr)
          batch.column(index).append_null();
        else if (coded)
          batch.append_coded(index, view(*value));
        else
          batch.column(index).append_text(view(*value));
      });
}

/// Reads elements or keys with the rows' shape, or only a map's values into `texts`.
void read_entries(parquet::ColumnReader& reader, Column* shape, Texts& texts, bool required) {
  bool open = false;
  bool present = false;
  const auto end_row = [&] {
    if (!open || shape == nullptr) return;
    if (present)
      shape->end_entries();
    else
      shape->append_null();
  };
  walk_leaf<parquet::ByteArrayType>(
      reader, [&](std::int16_t level, std::int16_t repeated, const parquet::ByteArray* value) {
        if (repeated == 0) {
          end_row();
          open = true;
          present = required || level > 0;
        }
        if (value != nullptr) texts.append(view(*value));
      });
  end_row();
}

/// Returns whether a leaf's physical and logical type are those of the field.
bool fits(const Field& field, const parquet::ColumnDescriptor& leaf) {
  using parquet::Type;
  const Type::type type = leaf.physical_type();
  switch (field.type.kind) {
    case Kind::kBoolean:
      return type == Type::BOOLEAN;
    case Kind::kInt:
      return type == Type::INT32;
    case Kind::kLong:
      return type == Type::INT64 || type == Type::INT32;
    case Kind::kTimestamp:
      return type == Type::INT64;
    case Kind::kDouble:
      return type == Type::DOUBLE;
    case Kind::kDecimal:
      return (type == Type::INT32 || type == Type::INT64) && leaf.type_scale() == field.type.scale;
    default:
      return type == Type::BYTE_ARRAY;
  }
}

void read_leaf(parquet::RowGroupReader& group, int leaf, const Field& field, ColumnBatch& batch,
               std::size_t index) {
  const auto reader = group.Column(leaf);
  Column& column = batch.column(index);
  switch (field.type.kind) {
    case Kind::kString:
    case Kind::kBinary:
      return read_texts(*reader, batch, index);
    case Kind::kTextList:
    case Kind::kTextMap:
      return read_entries(*reader, &column, column.texts, field.required);
    case Kind::kBoolean:
      return read_integers<parquet::BooleanType>(*reader, column);
    case Kind::kDouble:
      return walk_leaf<parquet::DoubleType>(*reader,
                                            [&](std::int16_t, std::int16_t, const double* value) {
                                              if (value == nullptr)
                                                column.append_null();
                                              else
                                                column.append_double(*value);
                                            });
    default:
      if (reader->type() == parquet::Type::INT32)
        return read_integers<parquet::Int32Type>(*reader, column);
      return read_integers<parquet::Int64Type>(*reader, column);
  }
}

Result<> read_field(parquet::RowGroupReader& group, const parquet::SchemaDescriptor& schema,
                    ColumnBatch& batch, std::size_t index) {
  const Field& field = batch.fields()[index];
  const bool nested = field.type.kind == Kind::kTextList || field.type.kind == Kind::kTextMap;
  const int leaf = leaf_of(schema, nested ? field.key_id : field.id);
  Column& column = batch.column(index);
  if (leaf < 0) {
    if (field.required) return corrupt("the file lacks the required column {}", field.name);
    if (field.type.kind == Kind::kString) column.coded = true;
    for (std::int64_t row = 0; row < group.metadata()->num_rows(); ++row)
      column.append_null();
    return {};
  }
  if (!fits(field, *schema.Column(leaf)))
    return unsupported("column {} is stored as another type than {}", field.name,
                       type_name(field.type));
  read_leaf(group, leaf, field, batch, index);
  if (field.type.kind == Kind::kTextMap) {
    const int values = leaf_of(schema, field.value_id);
    if (values < 0) return corrupt("the file lacks the values of column {}", field.name);
    read_entries(*group.Column(values), nullptr, column.values, field.required);
    if (column.values.size() != column.texts.size())
      return corrupt("keys and values of column {} differ in number", field.name);
  }
  return {};
}

Result<> append_groups(std::string_view bytes, ColumnBatch& batch) {
  auto properties = parquet::default_reader_properties();
  properties.set_page_checksum_verification(true);
  // A view of the bytes, which outlive the reader.
  const auto source = std::make_shared<arrow::io::BufferReader>(
      std::make_shared<arrow::Buffer>(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                      static_cast<std::int64_t>(bytes.size())));
  const auto reader = parquet::ParquetFileReader::Open(source, properties);
  auto rows = static_cast<std::int64_t>(batch.row_count());
  for (int g = 0; g < reader->metadata()->num_row_groups(); ++g) {
    const auto group = reader->RowGroup(g);
    rows += group->metadata()->num_rows();
    for (std::size_t i = 0; i < batch.fields().size(); ++i) {
      MOBILAKE_TRY(read_field(*group, *reader->metadata()->schema(), batch, i));
      if (std::cmp_not_equal(batch.column(i).valid.size(), rows))
        return corrupt("column {} has {} rows of {}", batch.fields()[i].name,
                       batch.column(i).valid.size(), rows);
    }
  }
  return {};
}

}  // namespace

Result<> append_parquet(std::string_view bytes, ColumnBatch& batch) {
  try {
    return append_groups(bytes, batch);
  } catch (const std::exception& failure) {
    return corrupt("reading Parquet: {}", failure.what());
  }
}

Result<ColumnBatch> read_parquet(std::string_view bytes, const std::vector<Field>& fields) {
  ColumnBatch batch(fields);
  MOBILAKE_TRY(append_parquet(bytes, batch));
  return batch;
}

}  // namespace mobilake::formats

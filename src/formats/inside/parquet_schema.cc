// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/parquet_schema.h"

#include <unordered_set>

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;
using parquet::LogicalType;
using parquet::Repetition;
using parquet::Type;
using parquet::schema::GroupNode;
using parquet::schema::NodePtr;
using parquet::schema::PrimitiveNode;

NodePtr text_leaf(const std::string& name, int id) {
  return PrimitiveNode::Make(name, Repetition::REQUIRED, LogicalType::String(), Type::BYTE_ARRAY,
                             -1, id);
}

NodePtr entries_node(const Field& field, Repetition::type repetition) {
  if (field.type.kind == Kind::kTextList) {
    const auto list =
        GroupNode::Make("list", Repetition::REPEATED, {text_leaf("element", field.key_id)});
    return GroupNode::Make(field.name, repetition, {list}, LogicalType::List(), field.id);
  }
  const auto pairs =
      GroupNode::Make("key_value", Repetition::REPEATED,
                      {text_leaf("key", field.key_id), text_leaf("value", field.value_id)});
  return GroupNode::Make(field.name, repetition, {pairs}, LogicalType::Map(), field.id);
}

NodePtr field_node(const Field& field) {
  const auto repetition = field.required ? Repetition::REQUIRED : Repetition::OPTIONAL;
  const auto leaf = [&](std::shared_ptr<const LogicalType> logical, Type::type physical) {
    return PrimitiveNode::Make(field.name, repetition, std::move(logical), physical, -1, field.id);
  };
  switch (field.type.kind) {
    case Kind::kBoolean:
      return leaf(LogicalType::None(), Type::BOOLEAN);
    case Kind::kInt:
      return leaf(LogicalType::None(), Type::INT32);
    case Kind::kLong:
      return leaf(LogicalType::None(), Type::INT64);
    case Kind::kDouble:
      return leaf(LogicalType::None(), Type::DOUBLE);
    case Kind::kTimestamp:
      return leaf(LogicalType::Timestamp(true, LogicalType::TimeUnit::MICROS), Type::INT64);
    case Kind::kDecimal:
      return leaf(LogicalType::Decimal(field.type.precision, field.type.scale),
                  field.type.precision <= kInt32Digits ? Type::INT32 : Type::INT64);
    case Kind::kString:
      return leaf(LogicalType::String(), Type::BYTE_ARRAY);
    case Kind::kBinary:
      return leaf(LogicalType::None(), Type::BYTE_ARRAY);
    case Kind::kTextList:
    case Kind::kTextMap:
      return entries_node(field, repetition);
  }
  return nullptr;
}

/// Returns whether few distinct values make a dictionary smaller than differences: looked up on a
/// sample.
bool dictionary_is_better(const Column& column) {
  constexpr std::size_t kSample = 4096;
  constexpr std::size_t kDistinctMax = 8;
  std::unordered_set<std::int64_t> distinct;
  const std::size_t step = column.integers.size() / kSample + 1;
  for (std::size_t row = 0; row < column.integers.size(); row += step)
    if (column.valid[row] != 0 && distinct.insert(column.integers[row]).second &&
        distinct.size() > kDistinctMax)
      return false;
  return true;
}

void set_encoding(parquet::WriterProperties::Builder& builder, const Field& field,
                  const Column& column) {
  switch (field.type.kind) {
    case Kind::kInt:
    case Kind::kLong:
    case Kind::kTimestamp:
    case Kind::kDecimal:
      if (dictionary_is_better(column)) return;
      builder.disable_dictionary(field.name);
      builder.encoding(field.name, parquet::Encoding::DELTA_BINARY_PACKED);
      return;
    case Kind::kDouble:
      builder.disable_dictionary(field.name);
      builder.encoding(field.name, parquet::Encoding::BYTE_STREAM_SPLIT);
      return;
    case Kind::kBoolean:
      builder.disable_dictionary(field.name);
      builder.encoding(field.name, parquet::Encoding::RLE);
      return;
    default:
      return;  // a dictionary, and plain text once it has grown too large
  }
}

}  // namespace

std::shared_ptr<GroupNode> parquet_schema(const std::vector<Field>& fields) {
  parquet::schema::NodeVector nodes;
  for (const Field& field : fields)
    nodes.push_back(field_node(field));
  return std::static_pointer_cast<GroupNode>(GroupNode::Make("table", Repetition::REQUIRED, nodes));
}

std::vector<std::string> leaf_paths(const Field& field) {
  if (field.type.kind == Kind::kTextList) return {field.name + ".list.element"};
  if (field.type.kind == Kind::kTextMap)
    return {field.name + ".key_value.key", field.name + ".key_value.value"};
  return {field.name};
}

std::shared_ptr<parquet::WriterProperties> parquet_properties(const ColumnBatch& batch,
                                                              const ParquetOptions& options) {
  parquet::WriterProperties::Builder builder;
  builder.version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V2)
      ->compression(parquet::Compression::ZSTD)
      ->compression_level(options.compression_level)
      ->data_pagesize(options.page_bytes)
      ->enable_statistics()
      ->enable_write_page_index()
      ->enable_page_checksum()
      ->created_by("mobilake");
  int leaf = 0;
  std::vector<int> leaf_of;
  for (std::size_t i = 0; i < batch.fields().size(); ++i) {
    set_encoding(builder, batch.fields()[i], batch.column(i));
    leaf_of.push_back(leaf);
    leaf += static_cast<int>(leaf_paths(batch.fields()[i]).size());
  }
  std::vector<parquet::SortingColumn> sorting;
  for (const std::size_t column : options.sorted_by)
    sorting.push_back({.column_idx = leaf_of[column], .descending = false, .nulls_first = true});
  builder.set_sorting_columns(std::move(sorting));
  return builder.build();
}

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "formats/parquet_file.h"

#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/schema.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>

#include "base/random.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

std::vector<Field> every_field() {
  return {{1, "vehicle", {Kind::kString, 0, 0}, true, 0, 0},
          {2, "ts", {Kind::kTimestamp, 0, 0}, true, 0, 0},
          {3, "flag", {Kind::kBoolean, 0, 0}, false, 0, 0},
          {4, "gear", {Kind::kInt, 0, 0}, false, 0, 0},
          {5, "count", {Kind::kLong, 0, 0}, false, 0, 0},
          {6, "load", {Kind::kDouble, 0, 0}, false, 0, 0},
          {7, "speed", {Kind::kDecimal, 9, 2}, false, 0, 0},
          {8, "odometer", {Kind::kDecimal, 18, 3}, false, 0, 0},
          {9, "frame", {Kind::kBinary, 0, 0}, false, 0, 0},
          {10, "warnings", {Kind::kTextList, 0, 0}, false, 12, 0},
          {11, "extra", {Kind::kTextMap, 0, 0}, false, 13, 14}};
}

void append_null_row(ColumnBatch& batch) {
  batch.append_coded(0, "vehicle-null");
  batch.column(1).append_integer(std::numeric_limits<std::int64_t>::max());
  for (std::size_t column = 2; column < batch.fields().size(); ++column)
    batch.column(column).append_null();
}

/// Rows with edges in them; every fifth is null wherever it may be.
ColumnBatch every_batch(std::size_t rows) {
  ColumnBatch batch(every_field());
  for (std::size_t row = 0; row < rows; ++row) {
    if (row % 5 == 4) {
      append_null_row(batch);
      continue;
    }
    const auto number = static_cast<std::int64_t>(row);
    batch.append_coded(0, "vehicle-" + std::to_string(row % 3));
    batch.column(1).append_integer(number - 2);
    batch.column(2).append_integer(number % 2);
    batch.column(3).append_integer(number % 2 == 0 ? std::numeric_limits<std::int32_t>::min()
                                                   : std::numeric_limits<std::int32_t>::max());
    batch.column(4).append_integer(number % 2 == 0 ? std::numeric_limits<std::int64_t>::min() : 7);
    batch.column(5).append_double(static_cast<double>(row) / 7);
    batch.column(6).append_integer(number % 2 == 0 ? -999'999'999 : 999'999'999);
    batch.column(7).append_integer(number % 2 == 0 ? -999'999'999'999'999'999
                                                   : 999'999'999'999'999'999);
    batch.column(8).append_text(std::string("\0\xff", row % 3));
    for (std::size_t i = 0; i < row % 4; ++i)
      batch.column(9).texts.append(std::string(i, 'w'));
    batch.column(9).end_entries();
    for (std::size_t i = 0; i < row % 2; ++i) {
      batch.column(10).texts.append("key " + std::to_string(row));
      batch.column(10).values.append("");
    }
    batch.column(10).end_entries();
  }
  return batch;
}

void expect_same_texts(const Texts& found, const Texts& wanted) {
  EXPECT_EQ(found.bytes(), wanted.bytes());
  EXPECT_EQ(found.ends(), wanted.ends());
}

void expect_same(const ColumnBatch& found, const ColumnBatch& wanted) {
  ASSERT_EQ(found.row_count(), wanted.row_count());
  for (std::size_t i = 0; i < wanted.fields().size(); ++i) {
    SCOPED_TRACE(wanted.fields()[i].name);
    const Column& column = found.column(i);
    EXPECT_EQ(column.valid, wanted.column(i).valid);
    EXPECT_EQ(column.integers, wanted.column(i).integers);
    EXPECT_EQ(column.doubles, wanted.column(i).doubles);
    EXPECT_EQ(column.entry_ends, wanted.column(i).entry_ends);
    const Kind kind = wanted.fields()[i].type.kind;
    expect_same_texts(column.values, wanted.column(i).values);
    if (kind == Kind::kTextList || kind == Kind::kTextMap) {
      expect_same_texts(column.texts, wanted.column(i).texts);
    } else if (kind == Kind::kString || kind == Kind::kBinary) {
      for (std::size_t row = 0; row < wanted.row_count(); ++row)
        ASSERT_EQ(column.text(row), wanted.column(i).text(row)) << row;
    }
  }
}

std::unique_ptr<parquet::ParquetFileReader> open_reader(const std::string& bytes) {
  return parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)));
}

const ColumnFacts& facts_of(const ParquetFile& file, int id) {
  for (const ColumnFacts& facts : file.columns)
    if (facts.field_id == id) return facts;
  throw std::runtime_error("no facts of that id");
}

TEST(ParquetFileTest, ReadsBackEveryType) {
  for (const std::size_t rows : {1u, 5u, 1'003u}) {
    const ColumnBatch batch = every_batch(rows);
    const auto file = write_parquet(batch, {.sorted_by = {}});
    ASSERT_TRUE(file.ok()) << file.error().message;
    const auto read = read_parquet(file->bytes, every_field());
    ASSERT_TRUE(read.ok()) << read.error().message;
    expect_same(*read, batch);
  }
}

TEST(ParquetFileTest, AppendsBehindTheRowsThatThereAre) {
  const ColumnBatch batch = every_batch(50);
  const std::string bytes = write_parquet(batch, {.sorted_by = {}})->bytes;
  ColumnBatch twice(every_field());
  ASSERT_TRUE(append_parquet(bytes, twice).ok());
  ASSERT_TRUE(append_parquet(bytes, twice).ok());
  ASSERT_EQ(twice.row_count(), 100u);
  std::vector<std::uint32_t> rows(50);
  for (const std::uint32_t begin : {0u, 50u}) {
    std::iota(rows.begin(), rows.end(), begin);
    expect_same(twice.take(rows), batch);
  }
}

TEST(ParquetFileTest, ReadsBackManyRowGroups) {
  const ColumnBatch batch = every_batch(1'000);
  const auto file = write_parquet(batch, {.sorted_by = {}, .row_group_rows = 64});
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->split_offsets.size(), 16u);
  EXPECT_TRUE(std::is_sorted(file->split_offsets.begin(), file->split_offsets.end()));
  const auto read = read_parquet(file->bytes, every_field());
  ASSERT_TRUE(read.ok()) << read.error().message;
  expect_same(*read, batch);
}

TEST(ParquetFileTest, WritesFieldIdsOfColumnsAndElements) {
  const auto file = write_parquet(every_batch(10), {.sorted_by = {}});
  const auto reader = open_reader(file->bytes);
  const parquet::SchemaDescriptor& schema = *reader->metadata()->schema();
  for (int i = 0; i < schema.group_node()->field_count(); ++i)
    EXPECT_EQ(schema.group_node()->field(i)->field_id(), i + 1);
  ASSERT_EQ(schema.num_columns(), 12);
  EXPECT_EQ(schema.Column(9)->schema_node()->field_id(), 12);
  EXPECT_EQ(schema.Column(10)->schema_node()->field_id(), 13);
  EXPECT_EQ(schema.Column(11)->schema_node()->field_id(), 14);
}

TEST(ParquetFileTest, StoresDecimalsAsIntegers) {
  const auto file = write_parquet(every_batch(10), {.sorted_by = {}});
  const auto reader = open_reader(file->bytes);
  const parquet::SchemaDescriptor& schema = *reader->metadata()->schema();
  EXPECT_EQ(schema.Column(6)->physical_type(), parquet::Type::INT32);
  EXPECT_EQ(schema.Column(7)->physical_type(), parquet::Type::INT64);
  EXPECT_TRUE(schema.Column(6)->logical_type()->is_decimal());
  EXPECT_TRUE(schema.Column(7)->logical_type()->is_decimal());
}

TEST(ParquetFileTest, WritesSortOrderStatisticsAndPageIndex) {
  const auto file = write_parquet(every_batch(100), {.sorted_by = {0, 1}});
  const auto reader = open_reader(file->bytes);
  const auto group = reader->metadata()->RowGroup(0);
  ASSERT_EQ(group->sorting_columns().size(), 2u);
  EXPECT_EQ(group->sorting_columns()[0].column_idx, 0);
  EXPECT_TRUE(group->sorting_columns()[0].nulls_first);
  EXPECT_FALSE(group->sorting_columns()[1].descending);
  for (int column = 0; column < 9; ++column) {
    EXPECT_TRUE(group->ColumnChunk(column)->is_stats_set()) << column;
    EXPECT_EQ(group->ColumnChunk(column)->compression(), parquet::Compression::ZSTD) << column;
  }
  const auto index = reader->GetPageIndexReader()->RowGroup(0);
  ASSERT_NE(index, nullptr);
  EXPECT_NE(index->GetColumnIndex(1), nullptr);
  EXPECT_NE(index->GetOffsetIndex(1), nullptr);
}

TEST(ParquetFileTest, TellsManifestsCountsAndBounds) {
  const auto file = write_parquet(every_batch(10), {.sorted_by = {}});
  EXPECT_EQ(file->row_count, 10);
  EXPECT_EQ(facts_of(*file, 4).null_count, 2);
  EXPECT_EQ(facts_of(*file, 4).value_count, 10);
  EXPECT_EQ(facts_of(*file, 7).lower, BoundValue(std::int64_t{-999'999'999}));
  EXPECT_EQ(facts_of(*file, 7).upper, BoundValue(std::int64_t{999'999'999}));
  EXPECT_EQ(facts_of(*file, 1).lower, BoundValue(std::string("vehicle-0")));
  EXPECT_EQ(facts_of(*file, 1).upper, BoundValue(std::string("vehicle-null")));
  EXPECT_EQ(facts_of(*file, 13).lower, std::nullopt);
  EXPECT_GT(facts_of(*file, 14).size_bytes, 0);
}

TEST(ParquetFileTest, HasNoBoundsWhereNaNStands) {
  ColumnBatch batch({{1, "load", {Kind::kDouble, 0, 0}, false, 0, 0}});
  batch.column(0).append_double(1.0);
  batch.column(0).append_double(std::nan(""));
  const auto file = write_parquet(batch, {.sorted_by = {}});
  EXPECT_EQ(facts_of(*file, 1).lower, std::nullopt);
  EXPECT_EQ(facts_of(*file, 1).upper, std::nullopt);
}

TEST(ParquetFileTest, ShortensTextBoundsToTheRightSide) {
  ColumnBatch batch({{1, "text", {Kind::kString, 0, 0}, false, 0, 0}});
  const std::string text(40, 'a');
  batch.append_coded(0, text);
  const auto file = write_parquet(batch, {.sorted_by = {}});
  EXPECT_EQ(facts_of(*file, 1).lower, BoundValue(std::string(16, 'a')));
  EXPECT_EQ(facts_of(*file, 1).upper, BoundValue(std::string(15, 'a') + "b"));
}

TEST(ParquetFileTest, ReadsByFieldIdThroughRenamesAndNewColumns) {
  const ColumnBatch batch = every_batch(20);
  const auto file = write_parquet(batch, {.sorted_by = {}});
  const std::vector<Field> fields = {
      {4, "renamed", {Kind::kInt, 0, 0}, false, 0, 0},
      {99, "added", {Kind::kDouble, 0, 0}, false, 0, 0},
      {1, "vehicle", {Kind::kString, 0, 0}, true, 0, 0},
  };
  const auto read = read_parquet(file->bytes, fields);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->column(0).integers, batch.column(3).integers);
  EXPECT_EQ(read->column(1).valid, std::vector<std::uint8_t>(20, 0));
  EXPECT_EQ(read->column(2).text(1), "vehicle-1");
}

TEST(ParquetFileTest, RefusesATypeThatIsNotTheFields) {
  const auto file = write_parquet(every_batch(5), {.sorted_by = {}});
  const auto read = read_parquet(file->bytes, {{1, "vehicle", {Kind::kLong, 0, 0}, true, 0, 0}});
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, Code::kUnsupported);
}

TEST(ParquetFileTest, RefusesARequiredColumnWithoutAValue) {
  ColumnBatch batch({{1, "vehicle", {Kind::kLong, 0, 0}, true, 0, 0}});
  batch.column(0).append_null();
  EXPECT_EQ(write_parquet(batch, {.sorted_by = {}}).error().code, Code::kInvalid);
}

TEST(ParquetFileTest, RefusesEveryTruncation) {
  const auto file = write_parquet(every_batch(50), {.sorted_by = {}});
  for (std::size_t size = 0; size < file->bytes.size(); size += 7) {
    const auto read = read_parquet(std::string_view(file->bytes).substr(0, size), every_field());
    ASSERT_FALSE(read.ok()) << size;
    ASSERT_EQ(read.error().code, Code::kCorrupt) << size << ": " << read.error().message;
  }
}

TEST(ParquetFileTest, RefusesAFlippedBitInAPage) {
  const ColumnBatch batch = every_batch(200);
  const auto file = write_parquet(batch, {.sorted_by = {}});
  const auto reader = open_reader(file->bytes);
  const auto chunk = reader->metadata()->RowGroup(0)->ColumnChunk(7);
  const std::int64_t begin = chunk->data_page_offset();
  const auto random = base::seeded_random(11);
  int refused = 0;
  for (int turn = 0; turn < 200; ++turn) {
    std::string bytes = file->bytes;
    const auto at = static_cast<std::size_t>(begin) +
                    random->below(static_cast<std::uint64_t>(chunk->total_compressed_size()));
    bytes[at] ^= static_cast<char>(1u << random->below(8));
    const auto read = read_parquet(bytes, every_field());
    if (!read.ok()) {
      ++refused;
      continue;
    }
    // A flip that is not refused changed nothing that is read.
    expect_same(*read, batch);
  }
  EXPECT_GT(refused, 150);
}

}  // namespace
}  // namespace mobilake::formats

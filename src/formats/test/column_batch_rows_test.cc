// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <vector>

#include "formats/column_batch.h"
#include "formats/parquet_file.h"

namespace mobilake::formats {
namespace {

std::vector<Field> three_fields() {
  std::vector<Field> fields(3);
  fields[0].name = "vehicle";
  fields[0].type.kind = ColumnType::Kind::kString;
  fields[1].name = "speed";
  fields[1].type.kind = ColumnType::Kind::kLong;
  fields[2].name = "warnings";
  fields[2].type.kind = ColumnType::Kind::kTextList;
  for (int i = 0; i < 3; ++i)
    fields[static_cast<std::size_t>(i)].id = i + 1;
  fields[2].key_id = 9;
  return fields;
}

ColumnBatch batch_of(const std::vector<std::string>& vehicles) {
  ColumnBatch batch(three_fields());
  std::int64_t speed = 0;
  for (const std::string& vehicle : vehicles) {
    batch.append_coded(0, vehicle);
    batch.column(1).append_integer(speed);
    for (std::int64_t i = 0; i < speed; ++i)
      batch.column(2).texts.append(vehicle + "!");
    batch.column(2).end_entries();
    ++speed;
  }
  return batch;
}

TEST(ColumnBatchRowsTest, RowsWrittenInAnOrderAreThoseTakenInIt) {
  const ColumnBatch batch = batch_of({"c", "a", "b", "a"});
  const std::vector<std::uint32_t> order{1, 3, 2};
  const auto in_order = write_parquet(batch, order, {});
  const auto taken = write_parquet(batch.take(order), {});
  ASSERT_TRUE(in_order.ok() && taken.ok());
  EXPECT_EQ(in_order->bytes, taken->bytes);
  EXPECT_EQ(in_order->row_count, 3);
  ASSERT_EQ(in_order->columns.size(), taken->columns.size());
  for (std::size_t i = 0; i < in_order->columns.size(); ++i) {
    EXPECT_EQ(in_order->columns[i].value_count, taken->columns[i].value_count) << i;
    EXPECT_EQ(in_order->columns[i].lower, taken->columns[i].lower) << i;
    EXPECT_EQ(in_order->columns[i].upper, taken->columns[i].upper) << i;
  }
  EXPECT_EQ(std::get<std::string>(*in_order->columns[0].upper), "b") << "'c' is in no row of it";
}

TEST(ColumnBatchRowsTest, ClearedRowsLeaveCodesAndNothingElse) {
  ColumnBatch batch = batch_of({"c", "a"});
  const std::uint32_t code = batch.column(0).codes.back();
  batch.clear_rows();
  EXPECT_EQ(batch.row_count(), 0u);
  batch.append_coded(0, "a");
  batch.column(1).append_integer(7);
  batch.column(2).end_entries();
  EXPECT_EQ(batch.column(0).codes.back(), code);
  EXPECT_EQ(batch.sorted_by(0, 1), std::vector<std::uint32_t>{0});
  EXPECT_EQ(write_parquet(batch, {})->bytes, [&] {
    ColumnBatch alone(three_fields());
    alone.append_coded(0, "a");
    alone.column(1).append_integer(7);
    alone.column(2).end_entries();
    return write_parquet(alone, {})->bytes;
  }());
}

TEST(ColumnBatchRowsTest, SortsRowsOfAFewAmongManyKnownTexts) {
  ColumnBatch batch = batch_of({"z", "y", "x", "w"});
  batch.clear_rows();
  for (const char* vehicle : {"x", "z", "w"}) {
    batch.append_coded(0, vehicle);
    batch.column(1).append_integer(0);
    batch.column(2).end_entries();
  }
  EXPECT_EQ(batch.sorted_by(0, 1), (std::vector<std::uint32_t>{2, 0, 1}));
}

}  // namespace
}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "formats/column_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/random.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

/// A row of the test: no text or number stands for null.
struct Row {
  std::optional<std::string> text;
  std::optional<std::int64_t> number;
};

std::vector<Row> some_rows(Random& random, std::uint64_t count, std::uint64_t texts) {
  std::vector<Row> rows;
  for (std::uint64_t i = 0; i < count; ++i) {
    Row row;
    if (random.below(20) > 0) row.text = "vehicle " + std::to_string(random.below(texts));
    // Mostly rising, some late, some the same again, some before 1970.
    if (random.below(20) > 0)
      row.number = static_cast<std::int64_t>(i + random.below(4)) -
                   static_cast<std::int64_t>(random.below(10) == 0 ? count : 0);
    rows.push_back(row);
  }
  return rows;
}

void append(const std::vector<Row>& rows, bool coded, ColumnBatch& batch) {
  for (const Row& row : rows) {
    if (!row.text)
      batch.column(0).append_null();
    else if (coded)
      batch.append_coded(0, *row.text);
    else
      batch.column(0).append_text(*row.text);
    if (row.number)
      batch.column(1).append_integer(*row.number);
    else
      batch.column(1).append_null();
  }
}

ColumnBatch batch_of(const std::vector<Row>& rows, bool coded) {
  ColumnBatch batch({{1, "text", {Kind::kString}}, {2, "number", {Kind::kLong}}});
  append(rows, coded, batch);
  return batch;
}

/// What sorted_by() must return, the plain way: std::nullopt comes before every value.
template <typename KeyOf>
std::vector<std::uint32_t> plainly_sorted(const std::vector<Row>& rows, KeyOf key_of) {
  std::vector<std::uint32_t> order(rows.size());
  for (std::uint32_t row = 0; row < order.size(); ++row)
    order[row] = row;
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return key_of(rows[a]) < key_of(rows[b]); });
  return order;
}

TEST(ColumnBatchTest, SortsByTextThenNumberWhateverTheirOrderBefore) {
  const auto random = base::seeded_random(4);
  for (const std::uint64_t count : {0, 1, 2, 50, 3000})
    for (const std::uint64_t texts : {1, 7, 5000}) {
      const auto rows = some_rows(*random, count, texts);
      const auto expected =
          plainly_sorted(rows, [](const Row& row) { return std::tie(row.text, row.number); });
      EXPECT_EQ(batch_of(rows, false).sorted_by(0, 1), expected) << count << " of " << texts;
      if (std::any_of(rows.begin(), rows.end(), [](const Row& row) { return !row.text; }))
        continue;  // a coded column of this test begins with a text
      EXPECT_EQ(batch_of(rows, true).sorted_by(0, 1), expected) << count << " of " << texts;
    }
}

TEST(ColumnBatchTest, SortsByANumberThenText) {
  const auto random = base::seeded_random(5);
  const auto rows = some_rows(*random, 2000, 9);
  EXPECT_EQ(batch_of(rows, false).sorted_by(1, 0),
            plainly_sorted(rows, [](const Row& row) { return std::tie(row.number, row.text); }));
}

TEST(ColumnBatchTest, SortsCodedRowsOfManyVehiclesThatTakeTurns) {
  std::vector<Row> rows;
  for (int i = 0; i < 1000; ++i)
    rows.push_back({"v" + std::to_string((i * 7) % 24), i % 10 == 0 ? i - 60 : i});
  EXPECT_EQ(batch_of(rows, true).sorted_by(0, 1),
            plainly_sorted(rows, [](const Row& row) { return std::tie(row.text, row.number); }));
}

TEST(ColumnBatchTest, SortsAnewWhenRowsAndTextsCame) {
  const auto random = base::seeded_random(6);
  ColumnBatch batch = batch_of({}, true);
  for (int turn = 0; turn < 5; ++turn) {
    std::vector<Row> rows = some_rows(*random, 300, 100 * static_cast<std::uint64_t>(turn + 1));
    std::erase_if(rows, [](const Row& row) { return !row.text; });
    batch.clear_rows();
    append(rows, true, batch);
    EXPECT_EQ(batch.sorted_by(0, 1),
              plainly_sorted(rows, [](const Row& row) { return std::tie(row.text, row.number); }))
        << turn;
  }
}

TEST(ColumnBatchTest, TakesTheRowsThatAreAskedForWithTheirNulls) {
  const ColumnBatch batch = batch_of({{"a", 1}, {"b", std::nullopt}, {"a", 3}}, true);
  const std::vector<std::uint32_t> places{2, 1, 1};
  const ColumnBatch taken = batch.take(places);
  ASSERT_EQ(taken.row_count(), 3u);
  EXPECT_EQ(taken.column(0).text(0), "a");
  EXPECT_EQ(taken.column(0).text(2), "b");
  EXPECT_EQ(taken.column(1).integers[0], 3);
  EXPECT_EQ(taken.column(1).valid, (std::vector<std::uint8_t>{1, 0, 0}));
}

}  // namespace
}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "serve/http/results/result_stream.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "serve/http/results/inside/cell_text.h"
#include "serve/test/arrow_stream.h"

namespace mobilake::serve {
namespace {

std::string rendered(ResultForm form, const std::string& stream,
                     std::optional<std::uint64_t> rows_max = std::nullopt,
                     std::size_t piece_size = 7) {
  auto facts = [](const ResultEnd& end) {
    return fmt::format(R"({{"rows":{},"truncated":{}}})", end.rows, end.truncated);
  };
  auto source = open_result_stream(form, rows_max, source_of(pieces_of(stream, piece_size)), facts);
  if (!source.ok()) return "<" + source.error().to_string() + ">";
  return whole(*source);
}

// Returns a one-column result as JSON rows, and its type.
std::string json_rows(const std::shared_ptr<arrow::Array>& array) {
  const std::string text = rendered(ResultForm::kJson, stream_of({batch_of({{"c", array}})}));
  const std::string begin = R"(],"rows":)";
  const std::size_t at = text.find(begin) + begin.size();
  return text.substr(at, text.find(R"(,"facts":)") - at);
}

std::string json_rows(const std::shared_ptr<arrow::DataType>& type, const std::string& values) {
  return json_rows(array_of(type, values));
}

TEST(ResultStreamTest, JsonHasColumnsRowsAndFactsLast) {
  const std::string stream = stream_of({batch_of({
      {"n", array_of(arrow::int64(), "[1, null]")},
      {"s", array_of(arrow::utf8(), R"(["a", "b\"c"])")},
  })});
  EXPECT_EQ(rendered(ResultForm::kJson, stream),
            R"({"columns":[{"name":"n","type":"BIGINT"},{"name":"s","type":"VARCHAR"}],)"
            R"("rows":[[1,"a"],[null,"b\"c"]],"facts":{"rows":2,"truncated":false}})");
}

TEST(ResultStreamTest, AResultWithoutRowsStillHasItsColumns) {
  const std::string stream = counting_stream(0, 1);
  EXPECT_EQ(rendered(ResultForm::kJson, stream),
            R"({"columns":[{"name":"n","type":"BIGINT"}],"rows":[],)"
            R"("facts":{"rows":0,"truncated":false}})");
  EXPECT_EQ(rendered(ResultForm::kCsv, stream), "n\r\n");
  EXPECT_EQ(rendered(ResultForm::kNdjson, stream), "");
}

TEST(ResultStreamTest, IntegersBeyond53BitsAreTexts) {
  EXPECT_EQ(json_rows(arrow::int64(), "[9007199254740992, 9007199254740993, -9007199254740993]"),
            R"([[9007199254740992],["9007199254740993"],["-9007199254740993"]])");
  EXPECT_EQ(json_rows(arrow::uint64(), "[18446744073709551615, 7]"),
            R"([["18446744073709551615"],[7]])");
  EXPECT_EQ(json_rows(arrow::int8(), "[-128]"), "[[-128]]");
  EXPECT_EQ(json_rows(arrow::uint32(), "[4294967295]"), "[[4294967295]]");
}

TEST(ResultStreamTest, FloatsAreTheirShortestAndNoNumbersAreTexts) {
  EXPECT_EQ(json_rows(arrow::float64(), "[41.3, 1, 1e300, -0.0]"),
            "[[41.3],[1.0],[1e+300],[-0.0]]");
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder
                  .AppendValues({std::numeric_limits<double>::quiet_NaN(),
                                 std::numeric_limits<double>::infinity(),
                                 -std::numeric_limits<double>::infinity()})
                  .ok());
  EXPECT_EQ(json_rows(*builder.Finish()), R"([["NaN"],["Infinity"],["-Infinity"]])");
  EXPECT_EQ(json_rows(arrow::float32(), "[0.1]"), "[[0.1]]");
}

TEST(ResultStreamTest, DecimalsAreTextsWithAllTheirDigits) {
  EXPECT_EQ(json_rows(arrow::decimal128(9, 6), R"(["48.775800", "-0.000001", null])"),
            R"([["48.775800"],["-0.000001"],[null]])");
  EXPECT_EQ(json_rows(arrow::decimal128(38, 0), R"(["99999999999999999999999999999999999999"])"),
            R"([["99999999999999999999999999999999999999"]])");
  EXPECT_EQ(json_rows(arrow::decimal128(18, 18), R"(["0.000000000000000001"])"),
            R"([["0.000000000000000001"]])");
}

TEST(ResultStreamTest, TimesAreRfc3339) {
  const auto zoned = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  EXPECT_EQ(json_rows(zoned, "[1772438400000000, 1772438400000001, -1]"),
            R"([["2026-03-02T08:00:00.000Z"],["2026-03-02T08:00:00.000001Z"],)"
            R"(["1969-12-31T23:59:59.999999Z"]])");
  EXPECT_EQ(json_rows(arrow::timestamp(arrow::TimeUnit::NANO), "[1]"),
            R"([["1970-01-01T00:00:00.000000001Z"]])");
  EXPECT_EQ(json_rows(arrow::date32(), "[0, 20514]"), R"([["1970-01-01"],["2026-03-02"]])");
  EXPECT_EQ(json_rows(arrow::time64(arrow::TimeUnit::MICRO), "[28800000000, 1500]"),
            R"([["08:00:00.000"],["00:00:00.001500"]])");
  EXPECT_EQ(json_rows(arrow::month_day_nano_interval(), "[[14, 3, 5400500000000], [0, 0, 0]]"),
            R"([["P1Y2M3DT1H30M0.5S"],["PT0S"]])");
  EXPECT_EQ(json_rows(arrow::duration(arrow::TimeUnit::MILLI), "[-1500]"), R"([["PT-1.5S"]])");
}

TEST(ResultStreamTest, NestedValuesAreArraysAndObjects) {
  EXPECT_EQ(json_rows(arrow::list(arrow::utf8()), R"([["a", null], [], null])"),
            R"([[["a",null]],[[]],[null]])");
  EXPECT_EQ(json_rows(arrow::map(arrow::utf8(), arrow::utf8()), R"([[["k", "v"], ["l", null]]])"),
            R"([[{"k":"v","l":null}]])");
  EXPECT_EQ(json_rows(arrow::map(arrow::int32(), arrow::int32()), R"([[[1, 2]]])"),
            R"([[{"1":2}]])");
  const auto point = arrow::struct_(
      {arrow::field("x", arrow::int64()), arrow::field("y", arrow::list(arrow::float64()))});
  EXPECT_EQ(json_rows(point, R"([{"x": 9007199254740993, "y": [1.5]}, null])"),
            R"([[{"x":"9007199254740993","y":[1.5]}],[null]])");
  EXPECT_EQ(json_rows(arrow::fixed_size_list(arrow::int32(), 2), "[[1, 2], [3, 4]]"),
            "[[[1,2]],[[3,4]]]");
}

TEST(ResultStreamTest, CodedBinaryBooleanAndNullColumnsHaveTheirForms) {
  const auto coded = arrow::json::DictArrayFromJSONString(
      arrow::dictionary(arrow::uint8(), arrow::utf8()), "[1, 0, null]", R"(["on", "off"])");
  ASSERT_TRUE(coded.ok());
  EXPECT_EQ(json_rows(*coded), R"([["off"],["on"],[null]])");
  arrow::BinaryBuilder bytes;
  ASSERT_TRUE(bytes.Append(std::string("\x00\xff\x10", 3)).ok());
  EXPECT_EQ(json_rows(*bytes.Finish()), R"([["AP8Q"]])");
  EXPECT_EQ(json_rows(arrow::boolean(), "[true, false, null]"), "[[true],[false],[null]]");
  EXPECT_EQ(json_rows(arrow::null(), "[null]"), "[[null]]");
}

TEST(ResultStreamTest, ControlCharactersAreEscaped) {
  EXPECT_EQ(json_rows(arrow::utf8(), R"(["a\u0001\n\\"])"), "[[\"a\\u0001\\n\\\\\"]]");
}

TEST(ResultStreamTest, TypesAreCalledAsInSql) {
  EXPECT_EQ(sql_type_name(*arrow::decimal128(9, 6)), "DECIMAL(9,6)");
  EXPECT_EQ(sql_type_name(*arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
            "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(sql_type_name(*arrow::list(arrow::int32())), "INTEGER[]");
  EXPECT_EQ(sql_type_name(*arrow::map(arrow::utf8(), arrow::float64())), "MAP(VARCHAR, DOUBLE)");
  EXPECT_EQ(sql_type_name(*arrow::struct_({arrow::field("a b", arrow::boolean())})),
            "STRUCT(\"a b\" BOOLEAN)");
  EXPECT_EQ(sql_type_name(*arrow::dictionary(arrow::uint8(), arrow::utf8())), "ENUM");
}

TEST(ResultStreamTest, CsvQuotesWhatNeedsItAndTellsNullFromEmpty) {
  const std::string stream = stream_of({batch_of({
      {"a,b", array_of(arrow::utf8(), R"(["x", "1,2", "say \"hi\"", "two\r\nlines", "", null])")},
      {"n", array_of(arrow::int64(), "[1, 9007199254740993, 3, 4, 5, null]")},
      {"l", array_of(arrow::list(arrow::int32()), "[[1, 2], [], null, [3], [4], [5]]")},
  })});
  EXPECT_EQ(rendered(ResultForm::kCsv, stream),
            "\"a,b\",n,l\r\n"
            "x,1,\"[1,2]\"\r\n"
            "\"1,2\",9007199254740993,[]\r\n"
            "\"say \"\"hi\"\"\",3,\r\n"
            "\"two\r\nlines\",4,[3]\r\n"
            "\"\",5,[4]\r\n"
            ",,[5]\r\n");
}

TEST(ResultStreamTest, NdjsonIsAnObjectALineWithEachNameOnce) {
  const std::string stream = stream_of({batch_of({
      {"n", array_of(arrow::int64(), "[1, 2]")},
      {"n", array_of(arrow::utf8(), R"(["a", null])")},
  })});
  EXPECT_EQ(rendered(ResultForm::kNdjson, stream),
            "{\"n\":1,\"n_2\":\"a\"}\n{\"n\":2,\"n_2\":null}\n");
}

TEST(ResultStreamTest, AnArrowStreamIsPassedThroughAsItIs) {
  const std::string stream = counting_stream(5'000, 1'000);
  EXPECT_EQ(rendered(ResultForm::kArrow, stream), stream);
}

TEST(ResultStreamTest, ALimitCutsEveryFormAndSaysSo) {
  const std::string stream = counting_stream(5'000, 700);
  EXPECT_EQ(rendered(ResultForm::kJson, stream, 2),
            R"({"columns":[{"name":"n","type":"BIGINT"}],"rows":[[0],[1]],)"
            R"("facts":{"rows":2,"truncated":true}})");
  EXPECT_EQ(rendered(ResultForm::kCsv, stream, 1), "n\r\n0\r\n");
  const std::string cut = rendered(ResultForm::kArrow, stream, 701);
  auto reader = *arrow::ipc::RecordBatchStreamReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(cut)));
  EXPECT_EQ((*reader->ToTable())->num_rows(), 701);
}

TEST(ResultStreamTest, ALimitThatTheResultJustMeetsCutsNothing) {
  const std::string text = rendered(ResultForm::kJson, counting_stream(700, 700), 700);
  EXPECT_NE(text.find(R"("facts":{"rows":700,"truncated":false})"), std::string::npos);
  EXPECT_NE(rendered(ResultForm::kJson, counting_stream(700, 700), 699).find(R"("truncated":true)"),
            std::string::npos);
}

TEST(ResultStreamTest, LargeResultsComeInPieces) {
  auto source = open_result_stream(ResultForm::kCsv, std::nullopt,
                                   source_of(pieces_of(counting_stream(100'000, 100'000), 4096)),
                                   [](const ResultEnd&) { return std::string("{}"); });
  ASSERT_TRUE(source.ok()) << source.error().message;
  std::size_t largest = 0;
  std::size_t lines = 0;
  for (auto piece = (*source)(); piece.ok() && !piece->empty(); piece = (*source)()) {
    largest = std::max(largest, piece->size());
    lines += static_cast<std::size_t>(std::count(piece->begin(), piece->end(), '\n'));
  }
  EXPECT_EQ(lines, 100'001u);
  EXPECT_LT(largest, 32u * 1024);
}

TEST(ResultStreamTest, ParquetHoldsTheSameRows) {
  const std::string file =
      rendered(ResultForm::kParquet, counting_stream(150'000, 10'000), std::nullopt, 64 * 1024);
  ASSERT_EQ(file.substr(0, 4), "PAR1");
  ASSERT_EQ(file.substr(file.size() - 4), "PAR1");
  EXPECT_LT(file.size(), 1'400'000u);
}

TEST(ResultStreamTest, ParquetWritesWhatItHasNoTypeForAsText) {
  const std::string stream = stream_of({batch_of({
      {"i", array_of(arrow::month_day_nano_interval(), "[[1, 0, 0], null]")},
      {"s", array_of(arrow::utf8(), R"(["a", "b"])")},
  })});
  const std::string file = rendered(ResultForm::kParquet, stream);
  ASSERT_EQ(file.substr(0, 4), "PAR1") << file;
  EXPECT_NE(file.find("P1M"), std::string::npos);
}

TEST(ResultStreamTest, AnEarlyFailureIsAnErrorAndALateOneCutsTheText) {
  auto fails = [](std::string first) {
    return [first, given = false]() mutable -> Result<std::string> {
      if (std::exchange(given, true) || first.empty()) return exhausted("no memory");
      return first;
    };
  };
  const auto facts = [](const ResultEnd&) { return std::string("{}"); };
  auto early = open_result_stream(ResultForm::kJson, std::nullopt, fails(""), facts);
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error().code, Code::kExhausted);
  EXPECT_EQ(early.error().message, "no memory");
  const std::string stream = counting_stream(5'000, 1'000);
  auto late = open_result_stream(ResultForm::kJson, std::nullopt,
                                 fails(stream.substr(0, stream.size() / 2)), facts);
  ASSERT_TRUE(late.ok()) << late.error().message;
  EXPECT_EQ(whole(*late), "<exhausted: no memory>");
}

TEST(ResultStreamTest, BytesThatAreNoArrowAreToldAsOurMistake) {
  auto opened =
      open_result_stream(ResultForm::kCsv, std::nullopt, source_of({"this is no Arrow stream"}),
                         [](const ResultEnd&) { return std::string("{}"); });
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kInternal);
}

}  // namespace
}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include "formats/avro_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"

namespace mobilake::formats {
namespace {

constexpr const char* kEveryType = R"({
  "type": "record", "name": "every", "namespace": "test", "fields": [
    {"name": "nothing", "type": "null"},
    {"name": "flag", "type": "boolean"},
    {"name": "small", "type": "int", "field-id": 7},
    {"name": "large", "type": "long"},
    {"name": "narrow", "type": "float"},
    {"name": "wide", "type": "double"},
    {"name": "bytes", "type": "bytes"},
    {"name": "text", "type": "string"},
    {"name": "maybe", "type": ["null", "long"], "default": null},
    {"name": "digest", "type": {"type": "fixed", "name": "four", "size": 4}},
    {"name": "colour", "type": {"type": "enum", "name": "colour", "symbols": ["red", "green"]}},
    {"name": "many", "type": {"type": "array", "items": "long"}},
    {"name": "named", "type": {"type": "map", "values": "string"}},
    {"name": "inner", "type": {"type": "record", "name": "inner", "fields": [
      {"name": "again", "type": ["null", "test.four"]}]}}
  ]})";

AvroValue every_value(std::int64_t number) {
  const bool odd = number % 2 != 0;
  return AvroValue(AvroList{
      AvroValue(), AvroValue(odd), AvroValue(static_cast<int>(number)),
      AvroValue(number * 1'000'000'007), AvroValue(0.5), AvroValue(static_cast<double>(number) / 3),
      AvroValue(std::string("\0\xff", 2)), AvroValue("größer"),
      odd ? AvroValue() : AvroValue(number), AvroValue("abcd"), AvroValue(odd ? "red" : "green"),
      AvroValue(AvroList(static_cast<std::size_t>(number % 4), AvroValue(number))),
      AvroValue(AvroMap{{"key", AvroValue("value")}, {"", AvroValue("")}}),
      AvroValue(AvroList{odd ? AvroValue("wxyz") : AvroValue()})});
}

AvroFile every_file(std::int64_t records) {
  AvroFile file{.metadata = {{"content", "data"}}, .schema_json = kEveryType, .records = {}};
  for (std::int64_t number = 0; number < records; ++number)
    file.records.push_back(every_value(number));
  return file;
}

AvroFile longs(std::vector<std::int64_t> numbers) {
  AvroFile file{.metadata = {}, .schema_json = R"("long")", .records = {}};
  for (const std::int64_t number : numbers)
    file.records.emplace_back(number);
  return file;
}

/// A container whose only block says `count` and holds `bytes`.
std::string container(const std::string& schema, char count, const std::string& bytes) {
  AvroFile file{.metadata = {}, .schema_json = schema, .records = {}};
  std::string text = *write_avro(file, AvroCodec::kNull);
  const std::string sync = text.substr(text.size() - 16);
  text.push_back(count);
  text.push_back(static_cast<char>(bytes.size() * 2));
  return text + bytes + sync;
}

Code code_of(const std::string& bytes, const AvroLimits& limits = {}) {
  const auto read = read_avro(bytes, limits);
  return read.ok() ? Code::kInternal : read.error().code;
}

class AvroFileTest : public testing::TestWithParam<AvroCodec> {};
INSTANTIATE_TEST_SUITE_P(Codecs, AvroFileTest,
                         testing::Values(AvroCodec::kNull, AvroCodec::kDeflate));

TEST_P(AvroFileTest, ReadsBackEveryType) {
  for (const std::int64_t records : {0, 1, 5'000}) {
    const AvroFile file = every_file(records);
    const auto bytes = write_avro(file, GetParam());
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    const auto read = read_avro(*bytes);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->metadata, file.metadata);
    EXPECT_EQ(read->schema_json, file.schema_json);
    EXPECT_TRUE(read->records == file.records);
  }
}

TEST_P(AvroFileTest, GivesTheSameBytesForTheSameInput) {
  EXPECT_EQ(*write_avro(every_file(50), GetParam()), *write_avro(every_file(50), GetParam()));
}

TEST_P(AvroFileTest, RefusesEveryTruncation) {
  const std::string bytes = *write_avro(every_file(20), GetParam());
  const std::string head = *write_avro(every_file(0), GetParam());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // The end of the head alone is a whole file without records.
    if (size == head.size()) continue;
    ASSERT_EQ(code_of(bytes.substr(0, size)), Code::kCorrupt) << size << " of " << bytes.size();
  }
}

TEST_P(AvroFileTest, SurvivesAnyFlippedBit) {
  const std::string bytes = *write_avro(every_file(10), GetParam());
  const auto random = base::seeded_random(3);
  for (int turn = 0; turn < 3'000; ++turn) {
    std::string flipped = bytes;
    flipped[random->below(flipped.size())] ^= static_cast<char>(1u << random->below(8));
    const auto read = read_avro(flipped, {.value_bytes_max = 1u << 20, .depth_max = 16});
    EXPECT_TRUE(read.ok() || read.error().code != Code::kInternal);
  }
}

TEST(AvroNumbersTest, ReadsBackTheEdgesOfLong) {
  const AvroFile file = longs({0, -1, 1, 63, 64, -64, -65, std::numeric_limits<std::int64_t>::max(),
                               std::numeric_limits<std::int64_t>::min()});
  const auto read = read_avro(*write_avro(file, AvroCodec::kNull));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_TRUE(read->records == file.records);
}

TEST(AvroNumbersTest, EncodesAsTheSpecificationSays) {
  // Avro 1.11, "Binary Encoding": zigzag values by example.
  const std::string bytes = *write_avro(longs({0, -1, 1, -2, 2, -64, 64}), AvroCodec::kNull);
  EXPECT_NE(bytes.find(std::string("\x00\x01\x02\x03\x04\x7f\x80\x01", 8)), bytes.npos);
}

TEST(AvroWriterTest, RefusesValuesThatDoNotFit) {
  const auto code = [](const char* schema, AvroValue value) {
    const auto bytes = write_avro(
        {.metadata = {}, .schema_json = schema, .records = {std::move(value)}}, AvroCodec::kNull);
    return bytes.ok() ? Code::kInternal : bytes.error().code;
  };
  EXPECT_EQ(code(R"("int")", AvroValue(std::int64_t{1} << 31)), Code::kInvalid);
  EXPECT_EQ(code(R"("long")", AvroValue("text")), Code::kInvalid);
  EXPECT_EQ(code(R"(["null", "long"])", AvroValue(1.5)), Code::kInvalid);
  EXPECT_EQ(code(R"({"type": "fixed", "name": "f", "size": 3})", AvroValue("ab")), Code::kInvalid);
  EXPECT_EQ(code(R"({"type": "enum", "name": "e", "symbols": ["a"]})", AvroValue("b")),
            Code::kInvalid);
  EXPECT_EQ(code(R"({"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]})",
                 AvroValue(AvroList{})),
            Code::kInvalid);
  EXPECT_EQ(code(R"("long")", AvroValue(std::int64_t{1} << 31)), Code::kInternal) << "this fits";
}

TEST(AvroWriterTest, RefusesSchemasThatAreNone) {
  for (const char* schema :
       {"", "{", "7", "\"number\"", R"({"type": "record", "name": "r"})", "[]",
        R"([["null"], "int"])", R"({"type": "array"})", R"({"name": "r"})",
        R"({"type": "enum", "name": "e", "symbols": []})",
        R"({"type": "fixed", "name": "f", "size": -1})", R"({"type": "record", "fields": []})"}) {
    const auto bytes =
        write_avro({.metadata = {}, .schema_json = schema, .records = {}}, AvroCodec::kNull);
    ASSERT_FALSE(bytes.ok()) << schema;
    EXPECT_EQ(bytes.error().code, Code::kInvalid) << schema;
  }
}

TEST(AvroReaderTest, NamesWhatItDoesNotRead) {
  std::string bytes = *write_avro(longs({1, 2, 3}), AvroCodec::kDeflate);
  bytes.replace(bytes.find("deflate"), 7, "snappy!");
  EXPECT_EQ(code_of(bytes), Code::kUnsupported);
  EXPECT_EQ(code_of("PAR1 and more"), Code::kCorrupt);
}

TEST(AvroReaderTest, ReadsBlocksOfBothForms) {
  // An array in two blocks, the second with a negative count and its size in bytes.
  const char* schema = R"({"type": "array", "items": "long"})";
  const auto read = read_avro(container(schema, '\x02', {"\x02\x0a\x03\x04\x0e\x10\x00", 7}));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_TRUE(read->records.front() ==
              AvroValue(AvroList{AvroValue(5), AvroValue(7), AvroValue(8)}));
  EXPECT_EQ(code_of(container(schema, '\x02', {"\x02\x0a\x03\x04\x0e\x00", 6})), Code::kCorrupt)
      << "the end is taken for the second item, and no end follows";
}

TEST(AvroReaderTest, RefusesABranchOrSymbolThatIsNotThere) {
  EXPECT_EQ(code_of(container(R"(["null", "long"])", '\x02', "\x04")), Code::kCorrupt);
  EXPECT_EQ(code_of(container(R"(["null", "long"])", '\x02', "\x01")), Code::kCorrupt);
  EXPECT_EQ(code_of(container(R"("boolean")", '\x02', "\x02")), Code::kCorrupt);
  EXPECT_EQ(code_of(container(R"("int")", '\x02', "\x80\x80\x80\x80\x10")), Code::kCorrupt);
  EXPECT_EQ(code_of(container(R"("string")", '\x02', "\x01")), Code::kCorrupt);
  EXPECT_EQ(code_of(container(R"("boolean")", '\x02', "\x01")), Code::kInternal) << "this is sound";
}

TEST(AvroReaderTest, StopsAtItsLimitsWhateverTheBytesSay) {
  const AvroLimits limits{.value_bytes_max = 1u << 20, .depth_max = 16};
  // A number of 2^40 items that take no byte each.
  const std::string huge("\x80\x80\x80\x80\x80\x80\x01\x00", 8);
  EXPECT_EQ(code_of(container(R"({"type": "array", "items": "null"})", '\x02', huge), limits),
            Code::kExhausted);
  // A record that holds itself.
  EXPECT_EQ(code_of(container(R"({"type": "record", "name": "r", "fields": [
                      {"name": "again", "type": "r"}]})",
                              '\x02', ""),
                    limits),
            Code::kExhausted);
  // A long text of one letter is short when deflated.
  AvroFile bomb{.metadata = {}, .schema_json = R"("string")", .records = {}};
  bomb.records.emplace_back(std::string(8u << 20, 'a'));
  const std::string bytes = *write_avro(bomb, AvroCodec::kDeflate);
  ASSERT_LT(bytes.size(), 100'000u);
  EXPECT_EQ(code_of(bytes, limits), Code::kExhausted);
  EXPECT_TRUE(read_avro(bytes).ok()) << "the usual limits are wider";
}

TEST(AvroReaderTest, NamesTheFieldsOfARecord) {
  const auto names = avro_record_fields(kEveryType);
  ASSERT_TRUE(names.ok());
  ASSERT_EQ(names->size(), 14u);
  EXPECT_EQ(names->at(2), "small");
  EXPECT_EQ(avro_record_fields("\"int\"").error().code, Code::kCorrupt);
  EXPECT_EQ(avro_record_fields("nonsense").error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mobilake::formats

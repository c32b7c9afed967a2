// SPDX-License-Identifier: Apache-2.0
#include "base/config.h"

#include <gtest/gtest.h>

namespace mobilake::base {
namespace {

struct Sample {
  SizeBytes size{64ULL << 20};
  std::chrono::milliseconds every{2000};
  std::uint64_t writers = 1;
  bool sync = true;
  std::vector<std::string> names;

  ConfigBook book() {
    return ConfigBook({{"log",
                        "The log.",
                        {{"segment_size", &size, "how large a segment is", 1 << 20, 1 << 30, false},
                         {"commit_every", &every, "how often", 100, 60'000, true},
                         {"writers", &writers, "threads", 1, 64, false},
                         {"sync", &sync, "whether to sync", 0, 1, false},
                         {"names", &names, "a list", 0, 0, false}}}});
  }
};

TEST(ConfigBookTest, ReadsEveryKindOfValue) {
  Sample sample;
  auto book = sample.book();
  ASSERT_TRUE(book.load_yaml("log:\n  segment_size: 2MiB\n  commit_every: 500ms\n  writers: 3\n"
                             "  sync: false\n  names: [a, b]\n")
                  .ok());
  EXPECT_EQ(sample.size.value, 2u << 20);
  EXPECT_EQ(sample.every.count(), 500);
  EXPECT_EQ(sample.writers, 3u);
  EXPECT_FALSE(sample.sync);
  EXPECT_EQ(sample.names, (std::vector<std::string>{"a", "b"}));
}

TEST(ConfigBookTest, NamesLineAndNearestKeyForAnUnknownOne) {
  Sample sample;
  const auto result = sample.book().load_yaml("log:\n  sync: true\n  segment_sise: 2MiB\n");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(
      result.error().message,
      "line 3: unknown key \"segment_sise\" in section \"log\"; did you mean \"segment_size\"?");
}

TEST(ConfigBookTest, RefusesWhatIsNoValue) {
  Sample sample;
  auto book = sample.book();
  EXPECT_EQ(book.load_yaml("log:\n  writers: {a: 1}\n").error().message,
            "line 2: log.writers: expected a value, found keys below it");
  EXPECT_EQ(book.load_yaml("log:\n  names: [[a], b]\n").error().message,
            "line 2: log.names: expected a list of plain values");
  double share = 0.5;
  ConfigBook numbers({{"log", "", {{"share", &share, "a part", 0, 1}}}});
  EXPECT_EQ(numbers.set("log.share=nan").error().code, Code::kInvalid);
  EXPECT_EQ(share, 0.5);
}

TEST(ConfigBookTest, RefusesDurationsBeyondTheirRange) {
  EXPECT_EQ(parse_duration("9223372036854775807ms")->count(), INT64_MAX);
  EXPECT_FALSE(parse_duration("9223372036854775808ms").ok());
  EXPECT_FALSE(parse_duration("213503982334602d").ok());
}

TEST(ConfigBookTest, RefusesValuesOutOfBoundsAndOfTheWrongKind) {
  Sample sample;
  auto book = sample.book();
  EXPECT_EQ(book.set("log.writers=65").error().message,
            "log.writers: must be between 1 and 64, found 65");
  EXPECT_EQ(book.set("log.sync=maybe").error().message,
            "log.sync: expected true or false, found \"maybe\"");
  EXPECT_EQ(book.set("log.segment_size=2MB").error().code, Code::kInvalid);
  EXPECT_EQ(book.set("lgo.sync=true").error().message,
            "unknown section \"lgo\"; did you mean \"log\"?");
  EXPECT_EQ(book.set("sync").error().code, Code::kInvalid);
  EXPECT_EQ(sample.writers, 1u);
}

TEST(ConfigBookTest, ReferenceShowsDefaultsInTheirUnits) {
  Sample sample;
  const std::string page = sample.book().reference_markdown();
  EXPECT_NE(page.find("| `segment_size` | 64MiB | restart | how large a segment is |"),
            std::string::npos);
  EXPECT_NE(page.find("| `commit_every` | 2s | live | how often |"), std::string::npos);
}

TEST(ConfigBookTest, RefusesTextThatIsNotYaml) {
  Sample sample;
  EXPECT_EQ(sample.book().load_yaml("log: [").error().code, Code::kInvalid);
  EXPECT_EQ(sample.book().load_yaml("just words").error().code, Code::kInvalid);
  EXPECT_TRUE(sample.book().load_yaml("").ok());
}

}  // namespace
}  // namespace mobilake::base

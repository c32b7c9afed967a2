// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/topic.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mobilake::ingest::mqtt {
namespace {

using namespace std::string_view_literals;

TEST(TopicTest, TellsNamesFromOtherText) {
  for (const auto good : {"a"sv, "/"sv, "a//b"sv, " "sv, "$SYS/x"sv, "gr\xc3\xbc\xc3\x9f"sv})
    EXPECT_TRUE(is_topic_name(good)) << good;
  for (const auto bad : {""sv, "a+"sv, "#"sv, "a/#"sv, "a\0b"sv, "\xff"sv, "\xed\xa0\x80"sv})
    EXPECT_FALSE(is_topic_name(bad)) << bad;
}

TEST(TopicTest, SeesAByteThatANameMayNotHaveAtEachPlace) {
  for (std::size_t size = 1; size < 40; ++size) {
    const std::string plain(size, 'a');
    EXPECT_TRUE(is_topic_name(plain));
    for (std::size_t at = 0; at < size; ++at) {
      for (const char c : {'+', '#', '\0', '\x80', '\xff'}) {
        std::string topic = plain;
        topic[at] = c;
        EXPECT_FALSE(is_topic_name(topic)) << size << ' ' << at << ' ' << static_cast<int>(c);
      }
      for (const char c : {'*', ',', '"', '$', '\x01', '\x7f'}) {
        std::string topic = plain;
        topic[at] = c;
        EXPECT_TRUE(is_topic_name(topic)) << size << ' ' << at << ' ' << static_cast<int>(c);
      }
    }
  }
}

TEST(TopicTest, TellsFiltersFromOtherText) {
  for (const auto good : {"#"sv, "+"sv, "a/#"sv, "+/+/#"sv, "/+"sv, "a"sv, "/"sv, "$share/g/a"sv,
                          "$share/g//"sv, "$share/g/#"sv, "$SYS/#"sv, "$share"sv})
    EXPECT_TRUE(is_topic_filter(good)) << good;
  for (const auto bad :
       {""sv, "a#"sv, "a/#/b"sv, "a+"sv, "+a/b"sv, "##"sv, "a/++"sv, "$share/g"sv, "$share/"sv,
        "$share//a"sv, "$share/g/"sv, "$share/+/a"sv, "$share/g/a#"sv, "a\0"sv, "\xc0\xaf"sv})
    EXPECT_FALSE(is_topic_filter(bad)) << bad;
}

TEST(TopicTest, MatchesAsTheSpecificationDoes) {
  const auto expect = [](std::string_view filter, std::string_view topic, bool matches) {
    EXPECT_EQ(topic_matches(filter, topic), matches) << filter << " on " << topic;
  };
  expect("sport/tennis/player1/#", "sport/tennis/player1", true);
  expect("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true);
  expect("sport/tennis/player1/#", "sport/tennis/player10", false);
  expect("sport/#", "sport", true);
  expect("sport/#", "sports", false);
  expect("sport/tennis/+", "sport/tennis/player1", true);
  expect("sport/tennis/+", "sport/tennis/player1/ranking", false);
  expect("sport/+", "sport", false);
  expect("sport/+", "sport/", true);
  expect("+/+", "/finance", true);
  expect("/+", "/finance", true);
  expect("+", "/finance", false);
  expect("+/#", "a", true);
  expect("a/+/#", "a", false);
  expect("#", "a/b/c", true);
  expect("#", "$SYS/monitor", false);
  expect("+/monitor", "$SYS/monitor", false);
  expect("$SYS/#", "$SYS/monitor", true);
  expect("$SYS/monitor/+", "$SYS/monitor/x", true);
  expect("a", "a/", false);
  expect("a/", "a", false);
  expect("A", "a", false);
}

TEST(TopicTest, TakesSharedFiltersApart) {
  const auto parts = shared_filter("$share/group/a/+");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->group, "group");
  EXPECT_EQ(parts->filter, "a/+");
  EXPECT_FALSE(shared_filter("a/b").has_value());
}

TEST(TopicTemplateTest, FindsVehicleAndKind) {
  const auto made = TopicTemplate::parse("vehicles/{vehicle}/{kind...}");
  ASSERT_TRUE(made.ok()) << made.error().message;
  const std::string topic = "vehicles/v1/can/2";
  const auto parts = made->match(topic);
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->vehicle, "v1");
  EXPECT_EQ(parts->kind, "can/2");
  EXPECT_EQ(parts->vehicle.data(), topic.data() + 9);
  for (const auto other : {"vehicles", "vehicles/v1", "vehicles/v1/", "vehicles//telemetry",
                           "cars/v1/telemetry", "vehicles2/v1/telemetry"})
    EXPECT_FALSE(made->match(other).has_value()) << other;
}

TEST(TopicTemplateTest, PutsPartsWhereTheTemplateHasThem) {
  const auto tesla = TopicTemplate::parse("fleet/{vehicle}/v/{kind}");
  ASSERT_TRUE(tesla.ok());
  EXPECT_EQ(tesla->match("fleet/x/v/Speed")->kind, "Speed");
  EXPECT_FALSE(tesla->match("fleet/x/alerts/Speed").has_value());
  const auto kind_first = TopicTemplate::parse("{kind}/{vehicle}");
  ASSERT_TRUE(kind_first.ok());
  EXPECT_EQ(kind_first->match("dtc/v9")->vehicle, "v9");
  EXPECT_FALSE(kind_first->match("dtc/v9/more").has_value());
  const auto bare = TopicTemplate::parse("up/{vehicle}");
  ASSERT_TRUE(bare.ok());
  EXPECT_EQ(bare->match("up/v9")->kind, "");
}

TEST(TopicTemplateTest, RefusesWhatIsNoTemplate) {
  for (const auto bad :
       {"", "vehicles/{kind}", "{vehicle}/{vehicle}", "{vehicle}/{kind...}/x",
        "{vehicle}/{kind}/{kind}", "a+/{vehicle}", "{vin}/{vehicle}", "x{vehicle}"})
    EXPECT_EQ(TopicTemplate::parse(bad).error().code, Code::kInvalid) << bad;
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include "cli/recording.h"

#include <gtest/gtest.h>

namespace mobilake::cli {
namespace {

using std::chrono::seconds;

TEST(RecordingTest, KeepsThePayloadsBytes) {
  const auto message = parse_recorded_line(
      R"({"topic":"vehicles/V/telemetry","ts":"2026-03-02T08:00:00.004Z","arrival_offset_ms":127,)"
      R"("payload":{"vin":"a}\"b","x":29000.490,"l":[1,{"ts":2}]}})");
  ASSERT_TRUE(message.ok()) << message.error().message;
  EXPECT_EQ(message->payload, R"({"vin":"a}\"b","x":29000.490,"l":[1,{"ts":2}]})");
  EXPECT_EQ(message->arrival.count(), 127);
  EXPECT_TRUE(message->is_json);
}

TEST(RecordingTest, PublishesAStringsBytesAsTheyAre) {
  const auto message = parse_recorded_line(R"({"topic":"t","payload":"{\"ts\": \"cut"})");
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->payload, "{\"ts\": \"cut");
  EXPECT_FALSE(message->is_json);
  EXPECT_FALSE(parse_recorded_line("[]").ok());
  EXPECT_FALSE(parse_recorded_line(R"({"topic":"t"})").ok());
}

TEST(RecordingTest, ShiftsTheEventTimeAndNothingElse) {
  EXPECT_EQ(
      shift_event_time(R"({"seq":1, "ts":"2026-03-02T23:59:59.004Z","n":{"ts":1}})", seconds(2)),
      R"({"seq":1, "ts":"2026-03-03T00:00:01.004Z","n":{"ts":1}})");
  EXPECT_EQ(shift_event_time(R"({"ts":1700000000123})", seconds(-1)), R"({"ts":1699999999123})");
  for (const char* other :
       {R"({"ts":"not a time"})", R"({"ts":null})", R"({"n":{"ts":1}})", R"({"ts":1.5})"})
    EXPECT_EQ(shift_event_time(other, seconds(60)), other);
}

TEST(RecordingTest, ReadsTimesInUtcOnly) {
  EXPECT_EQ(parse_utc("1970-01-02T00:00:00.5Z"),
            Timestamp(std::chrono::days(1)) + std::chrono::milliseconds(500));
  for (const char* wrong : {"", "1970-01-02", "1970-13-02T00:00:00Z", "1970-01-02T00:00:00+01:00",
                            "1970-01-02T25:00:00Z", "1970-01-02T00:00:00.Z"})
    EXPECT_EQ(parse_utc(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#include "log/log_json.h"

#include <gtest/gtest.h>

namespace mobilake::log {
namespace {

TEST(LogJsonTest, WritesSegmentsAndIncidents) {
  SegmentInfo info;
  info.file = "data/0000000000000001.segment";
  info.number = 1;
  info.writer = 2;
  info.sealed = true;
  info.size_bytes = 65536;
  info.frame_count = 3;
  info.record_count = 9;
  EXPECT_EQ(segments_json({info}, {{"data/x", 4096, "damaged"}}),
            R"({"items":[{"file":"data/0000000000000001.segment","family":"data","number":1,)"
            R"("writer":2,"sealed":true,"bytes":65536,"frames":3,"records":9}],)"
            R"("incidents":[{"file":"data/x","offset":4096,"what":"damaged"}]})");
  EXPECT_EQ(segments_json({}, {}), R"({"items":[],"incidents":[]})");
}

TEST(LogJsonTest, ShowsContentsOnlyWhenTold) {
  KeptRecord record;
  record.partition = PartitionId(3);
  record.offset = Offset(7);
  record.stream = "vehicle";
  record.received_at = Timestamp(std::chrono::microseconds(1'700'000'000'123'999));
  record.topic = "t";
  record.payload = "{}";
  const std::string known = R"({"items":[{"partition":3,"offset":7,"stream":"vehicle",)"
                            R"("received_at":"2023-11-14T22:13:20.123Z","bytes":2)";
  EXPECT_EQ(records_json({record}, ShowContents::kNo), known + "}]}");
  EXPECT_EQ(records_json({record}, ShowContents::kYes),
            known + R"(,"topic":"t","payload":"{}"}]})");
}

TEST(LogJsonTest, WritesBytesThatAreNoTextInBase64) {
  const auto shown = [](std::string payload) {
    KeptRecord record;
    record.payload = std::move(payload);
    const std::string json = records_json({record}, ShowContents::kYes);
    const std::size_t at = json.find("payload_base64\":\"") + 17;
    return json.substr(at, json.find('"', at) - at);
  };
  EXPECT_EQ(shown("\xff"), "/w==");
  EXPECT_EQ(shown("\xff\xfe"), "//4=");
  EXPECT_EQ(shown("\xff\xfe\xfd"), "//79");
  EXPECT_EQ(shown(std::string("\0\0\0\xff", 4)), "AAAA/w==");
}

TEST(LogJsonTest, WritesAVerdict) {
  LogVerdict verdict;
  verdict.segments = 1;
  verdict.frames = 2;
  verdict.records = 3;
  EXPECT_EQ(verdict_json(verdict), R"({"segments":1,"frames":2,"records":3,"incidents":[]})");
}

}  // namespace
}  // namespace mobilake::log

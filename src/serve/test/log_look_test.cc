// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/log_look.h"

#include "serve/test/door_fixture.h"

namespace mobilake::serve {
namespace {

class LogLookTest : public DoorTest {
 protected:
  void append(const std::string& stream, std::uint16_t partition,
              const std::vector<std::string>& payloads, log::Family family = log::Family::kData) {
    log::RecordBatch batch(family, stream, log::PartitionId(partition));
    for (const std::string& payload : payloads) {
      log::RecordView record;
      record.received_at = clock_.now();
      record.topic = "vehicles/V1/telemetry";
      record.payload = payload;
      batch.add(record);
    }
    bool durable = false;
    log_.append(std::move(batch), [&](Result<log::Offset> offset) { durable = offset.ok(); });
    ASSERT_TRUE(durable);
  }
};

TEST_F(LogLookTest, TheOwnerReadsItsOwnRecordsAlone) {
  append("vehicle", 1, {"one", "two"});
  append("partner", 1, {"secret"});
  append("vehicle", 1, {"three"});
  append("vehicle", 2, {"elsewhere"});
  const auto items = get("/api/v1/log/records?partition=1", ada_).json()["items"];
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0], (nlohmann::json{{"partition", 1},
                                      {"offset", 0},
                                      {"stream", "vehicle"},
                                      {"received_at", "2026-01-01T00:00:00.000Z"},
                                      {"bytes", 3},
                                      {"topic", "vehicles/V1/telemetry"},
                                      {"payload", "one"}}));
  EXPECT_EQ(items[2]["offset"], 3);
  EXPECT_EQ(items.dump().find("secret"), std::string::npos);
}

TEST_F(LogLookTest, TheAdministratorSeesMetadataAndNoPayload) {
  append("vehicle", 0, {"one"});
  append("partner", 0, {"secret"});
  const auto items = get("/api/v1/log/records", admin_).json()["items"];
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1]["stream"], "partner");
  EXPECT_EQ(items[1]["bytes"], 6);
  EXPECT_FALSE(items[1].contains("payload") || items[1].contains("topic"));
}

TEST_F(LogLookTest, RecordsBeginWhereAskedAndEndAtTheLimit) {
  for (int i = 0; i < 10; ++i)
    append("vehicle", 3, {"a", "b", "c"});
  const auto items = get("/api/v1/log/records?partition=3&from=4&limit=5", ada_).json()["items"];
  ASSERT_EQ(items.size(), 5u);
  EXPECT_EQ(items.front()["offset"], 4);
  EXPECT_EQ(items.back()["offset"], 8);
  EXPECT_TRUE(get("/api/v1/log/records?partition=3&from=30", ada_).json()["items"].empty());
  EXPECT_EQ(get("/api/v1/log/records?partition=4", ada_).status, 400);
  EXPECT_EQ(get("/api/v1/log/records?family=dta", ada_).status, 400);
}

TEST_F(LogLookTest, APayloadThatIsNoUtf8IsBase64) {
  append("vehicle", 0, {std::string("\xff\x00", 2)});
  const auto item = get("/api/v1/log/records", ada_).json()["items"][0];
  EXPECT_EQ(item["payload_base64"], "/wA=");
  EXPECT_FALSE(item.contains("payload"));
}

TEST_F(LogLookTest, ReadingAStreamIsOnRecordBeforeItIsShown) {
  append("vehicle", 0, {"one"});
  get("/api/v1/log/records", ada_);
  const auto records = audited();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records.back()["resource"], "stream/vehicle");
  EXPECT_EQ(records.back()["action"], "select");
  log_.refuse_with(exhausted("disk full"));
  EXPECT_EQ(get("/api/v1/log/records", ada_).status, 507);
}

TEST_F(LogLookTest, TheSystemsOwnRecordsAreNobodysToRead) {
  get("/api/v1/log/records?family=system", admin_);
  const std::string partition =
      std::to_string(log::partition_of("audit", log_.partition_count()).value());
  const auto items =
      get("/api/v1/log/records?family=system&partition=" + partition, admin_).json()["items"];
  ASSERT_FALSE(items.empty());
  EXPECT_EQ(items[0]["stream"], "audit");
  EXPECT_FALSE(items[0].contains("payload"));
  EXPECT_TRUE(get("/api/v1/log/records?family=system&partition=" + partition, ada_)
                  .json()["items"]
                  .empty());
}

TEST_F(LogLookTest, TheWorkOfALookIsBounded) {
  for (int i = 0; i < 100; ++i)
    append("partner", 0, {std::string(100'000, 'x')});
  append("vehicle", 0, {"late"});
  int seen = 0;
  LogRange range;
  const auto count = [&](std::string_view, log::Offset, const log::RecordView&) {
    ++seen;
    return true;
  };
  ASSERT_TRUE(look_at_records(log_, range, 1, count).ok());
  EXPECT_GT(seen, 0);
  EXPECT_LT(seen, 50);
  seen = 0;
  ASSERT_TRUE(look_at_records(log_, range, 1 << 30, count).ok());
  EXPECT_EQ(seen, 101);
}

TEST_F(LogLookTest, SegmentsAndVerificationAreForWhoRunsTheServer) {
  append("vehicle", 0, {"one"});
  EXPECT_EQ(get("/api/v1/log/segments", ada_).status, 403);
  EXPECT_EQ(get("/api/v1/log/segments", admin_).status, 200);
  EXPECT_EQ(post("/api/v1/log/verify", ada_, "{}").status, 403);
  const Told told = post("/api/v1/log/verify", admin_, "{}");
  EXPECT_EQ(told.status, 200);
  EXPECT_GE(told.json()["records"].get<int>(), 1);
  EXPECT_TRUE(told.json()["incidents"].empty());
}

}  // namespace
}  // namespace mobilake::serve

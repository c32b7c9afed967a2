// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/publish_gatherer.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ingest/mqtt/publish_attributes.h"
#include "ingest/testkit/fake_connection_host.h"

namespace mobilake::ingest::mqtt {
namespace {

// Keeps batches until the test says what became of them.
class HeldLog final : public log::LogWriter {
 public:
  void append(log::RecordBatch batch, log::OnDurable on_durable) override {
    batches.push_back(std::move(batch));
    waiting.push_back(std::move(on_durable));
  }
  std::vector<log::RecordBatch> batches;
  std::vector<log::OnDurable> waiting;
};

class KeptOutcomes final : public PublishOutcomes {
 public:
  void post(PublishOutcome outcome) override { outcomes.push_back(std::move(outcome)); }
  std::vector<PublishOutcome> outcomes;
};

constexpr std::uint16_t kPartitions = 64;
constexpr Timestamp kReceived{std::chrono::microseconds(1'000'000)};

class PublishGathererTest : public ::testing::Test {
 protected:
  PublishGathererTest() {
    gateway.device = make_device(store::DeviceKind::kGateway, "gw");
    gateway.client_id = "c";
  }

  void add(std::string_view vehicle, std::string_view payload, PublishTicket ticket) {
    const std::string topic = "vehicles/" + std::string(vehicle) + "/telemetry";
    PublishView view;
    view.topic = topic;
    view.vehicle = vehicle;
    view.payload = payload;
    view.qos = ticket.sequence == 0 ? Qos::kAtMostOnce : Qos::kAtLeastOnce;
    view.properties = &properties;
    gatherer.add(view, gateway, log::RecordView::kUnknownVehicle, kReceived, ticket);
  }

  // Returns two vehicles that live in different partitions.
  static std::pair<std::string, std::string> apart() {
    const std::string first = "v0";
    for (int i = 1;; ++i) {
      std::string other = "v" + std::to_string(i);
      if (log::partition_of(other, kPartitions) != log::partition_of(first, kPartitions))
        return {first, other};
    }
  }

  DeviceIdentity gateway;
  Properties properties;
  PublishGatherer gatherer{kPartitions};
  HeldLog log;
  KeptOutcomes outcomes;
};

TEST_F(PublishGathererTest, MakesOneBatchPerPartitionInOrder) {
  const auto [a, b] = apart();
  add(a, "1", {1, 1, 1});
  add(b, "2", {1, 1, 2});
  add(a, "3", {1, 1, 3});
  add(a, "4", {1, 1, 4});
  EXPECT_FALSE(gatherer.empty());
  gatherer.flush(log, outcomes);
  EXPECT_TRUE(gatherer.empty());
  EXPECT_EQ(gatherer.size_bytes(), 0u);
  ASSERT_EQ(log.batches.size(), 2u);
  EXPECT_EQ(log.batches[0].stream(), "vehicle");
  EXPECT_EQ(log.batches[0].family(), log::Family::kData);
  EXPECT_EQ(log.batches[0].partition(), log::partition_of(a, kPartitions));
  EXPECT_EQ(log.batches[0].record_count(), 3u);
  EXPECT_EQ(log.batches[1].record_count(), 1u);
  log::RecordCursor cursor(log.batches[0].bytes());
  for (const std::string_view expected : {"1", "3", "4"}) {
    log::RecordView record;
    ASSERT_TRUE(cursor.next(record));
    EXPECT_EQ(record.payload, expected);
    EXPECT_EQ(record.topic, "vehicles/" + a + "/telemetry");
    EXPECT_EQ(record.flags, log::RecordView::kUnknownVehicle);
    EXPECT_EQ(record.received_at, kReceived);
    EXPECT_EQ(read_attributes(record.attributes)->sender, "gw");
  }
  EXPECT_TRUE(cursor.at_end());
}

TEST_F(PublishGathererTest, TellsEachConnectionItsSequencesOnce) {
  const auto [a, b] = apart();
  add(a, "x", {1, 1, 1});
  add(a, "x", {1, 1, 2});
  add(a, "x", {2, 5, 9});
  add(b, "x", {1, 1, 3});
  add(a, "x", {1, 1, 4});
  add(a, "x", {1, 1, 0});
  gatherer.flush(log, outcomes);
  EXPECT_TRUE(outcomes.outcomes.empty());
  log.waiting[1](unavailable("the partition is read-only"));
  log.waiting[0](log::Offset(7));
  ASSERT_EQ(outcomes.outcomes.size(), 2u);
  const PublishOutcome& failed = outcomes.outcomes[0];
  ASSERT_TRUE(failed.error.has_value());
  EXPECT_EQ(failed.error->code, Code::kUnavailable);
  EXPECT_EQ(failed.runs, (std::vector<PublishRun>{{1, 1, 3, 1}}));
  const PublishOutcome& durable = outcomes.outcomes[1];
  EXPECT_FALSE(durable.error.has_value());
  EXPECT_EQ(durable.record_count, 5u);
  EXPECT_EQ(durable.runs, (std::vector<PublishRun>{{1, 1, 1, 2}, {2, 5, 9, 1}, {1, 1, 4, 1}}));
}

TEST_F(PublishGathererTest, CountsOutcomesAsLoggedOrRefused) {
  IngestCounters counters;
  count_outcome({{}, 3, std::nullopt}, counters);
  count_outcome({{}, 2, exhausted("full")}, counters);
  EXPECT_EQ(counters.publishes_logged.value(), 3u);
  EXPECT_EQ(counters.refused(RefusalCause::kLog).value(), 2u);
}

TEST_F(PublishGathererTest, StartsAfreshAfterAFlush) {
  add("v0", "1", {1, 1, 1});
  gatherer.flush(log, outcomes);
  add("v0", "2", {1, 1, 2});
  gatherer.flush(log, outcomes);
  ASSERT_EQ(log.batches.size(), 2u);
  EXPECT_EQ(log.batches[1].record_count(), 1u);
  gatherer.flush(log, outcomes);
  EXPECT_EQ(log.batches.size(), 2u);
}

TEST(PublishAttributesTest, AreEmptyForThePlainCase) {
  Properties properties;
  PublishView view;
  view.vehicle = "v1";
  view.qos = Qos::kAtLeastOnce;
  view.properties = &properties;
  std::string bytes;
  append_attributes(view, "v1", bytes);
  EXPECT_EQ(bytes, "");
  const auto read = read_attributes(bytes);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->qos, Qos::kAtLeastOnce);
  EXPECT_EQ(read->sender, "");
}

TEST(PublishAttributesTest, KeepWhatMqttSaid) {
  std::string users;
  append_user_property(users, "k", "v");
  Properties properties;
  properties.content_type = "json";
  properties.topic_alias = std::uint16_t{3};
  properties.user_properties = users;
  PublishView view;
  view.vehicle = "v1";
  view.retain = true;
  view.properties = &properties;
  std::string bytes;
  append_attributes(view, "gw", bytes);
  const auto read = read_attributes(bytes);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->qos, Qos::kAtMostOnce);
  EXPECT_TRUE(read->retain);
  EXPECT_FALSE(read->duplicate);
  EXPECT_EQ(read->sender, "gw");
  std::string expected;
  expected.append("\x03\x00\x04json", 7);
  expected += users;
  EXPECT_EQ(read->properties, expected);
  for (std::size_t size = 1; size < 5; ++size)
    EXPECT_FALSE(read_attributes(bytes.substr(0, size)).ok()) << size;
  bytes[0] = 0x40;
  EXPECT_EQ(read_attributes(bytes).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

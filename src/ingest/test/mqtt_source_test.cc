// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/mqtt_source.h"

#include <atomic>
#include <future>
#include <vector>

#include "base/testkit/power_cut_disk.h"
#include "ingest/test/mqtt_source_fixture.h"
#include "log/open_log.h"

namespace mobilake::ingest::mqtt {
namespace {

constexpr log::Family kData = log::Family::kData;
constexpr log::Family kSystem = log::Family::kSystem;

TEST_F(MqttSourceTest, AcksOnlyWhenTheLogHasTheRecord) {
  open();
  MqttClient vehicle = this->vehicle();
  log.hold(kData);
  ASSERT_TRUE(vehicle.publish(7, kTopicV1, "hello"));
  ASSERT_TRUE(log.wait_for_records(1));
  EXPECT_TRUE(vehicle.ping());  // the answer to PINGREQ comes first: there is no PUBACK yet
  EXPECT_EQ(source->status().total.in_flight(), 1u);
  log.let_go(kData);
  EXPECT_TRUE(vehicle.is_acked(7));
  const std::vector<SeenRecord> records = log.records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].topic, kTopicV1);
  EXPECT_EQ(records[0].payload, "hello");
  EXPECT_EQ(records[0].flags, 0);
  expect_conserved();
  EXPECT_EQ(source->status().accounts["vehicle"].acknowledged, 1u);
}

TEST_F(MqttSourceTest, AcksInPublishOrderWhateverTheOrderOfPartitions) {
  open();
  const auto [a, b] = apart();
  MqttClient gateway = this->gateway();
  log.hold(kData);
  ASSERT_TRUE(gateway.send(gateway.publish_bytes(1, topic_of(a)) +
                           gateway.publish_bytes(2, topic_of(b)) +
                           gateway.publish_bytes(3, topic_of(a))));
  ASSERT_TRUE(log.wait_for_held(kData, 2));
  ASSERT_TRUE(log.answer(kData, 1, {}));  // the second publish is durable before the first
  EXPECT_TRUE(gateway.ping());
  log.let_go(kData);
  for (std::uint16_t id = 1; id <= 3; ++id)
    EXPECT_TRUE(gateway.is_acked(id)) << id;
}

TEST_F(MqttSourceTest, AcksNothingAfterTheLogRefusedOne) {
  open();
  const auto [a, b] = apart();
  MqttClient gateway = this->gateway();
  log.hold(kData);
  ASSERT_TRUE(
      gateway.send(gateway.publish_bytes(1, topic_of(a)) + gateway.publish_bytes(2, topic_of(b))));
  ASSERT_TRUE(log.wait_for_held(kData, 2));
  ASSERT_TRUE(log.answer(kData, 0, exhausted("the disk is full")));
  log.let_go(kData);
  EXPECT_EQ(gateway.disconnect_reason(), ReasonCode::kQuotaExceeded);
  expect_conserved();
  const MqttCounts counts = source->status().total;
  EXPECT_EQ(counts.refused[static_cast<std::size_t>(RefusalCause::kLog)], 1u);
  EXPECT_EQ(counts.acknowledged, 0u);
  EXPECT_EQ(ended("quota exceeded"), 1u);
}

TEST_F(MqttSourceTest, EndsTheOlderConnectionOfAClient) {
  open();
  MqttClient first = vehicle("same");
  MqttClient other = vehicle("another");
  MqttClient second = vehicle("same");
  EXPECT_EQ(first.disconnect_reason(), ReasonCode::kSessionTakenOver);
  EXPECT_TRUE(second.ping());
  EXPECT_TRUE(other.ping());
}

TEST_F(MqttSourceTest, LetsDevicesShareAClientIdentifier) {
  open();
  MqttClient vehicle = this->vehicle("gw");
  MqttClient gateway = this->gateway();
  EXPECT_TRUE(vehicle.ping());
  EXPECT_TRUE(gateway.ping());
}

TEST_F(MqttSourceTest, EndsAClientThatIsSilentForLongerThanItSaid) {
  open();
  MqttClient silent = client();
  ASSERT_EQ(silent.sign_in("v1", password, "silent", 1), 0);
  MqttClient patient = vehicle("patient");
  EXPECT_EQ(silent.disconnect_reason(), ReasonCode::kKeepAliveTimeout);
  EXPECT_TRUE(patient.ping());
}

TEST_F(MqttSourceTest, DrainAcksWhatWasTakenAndThenSaysGoodbye) {
  open();
  MqttClient vehicle = this->vehicle();
  MqttClient stranger = client();
  log.hold(kData);
  ASSERT_TRUE(vehicle.publish(1, kTopicV1));
  ASSERT_TRUE(log.wait_for_records(1));
  std::promise<void> drained;
  std::future<void> waiting = drained.get_future();
  source->drain([&] { drained.set_value(); });
  EXPECT_TRUE(stranger.is_ended());
  ASSERT_TRUE(eventually([&] { return !client().is_connected(); }));
  EXPECT_FALSE(vehicle.has_bytes());
  log.let_go(kData);
  EXPECT_TRUE(vehicle.is_acked(1));
  EXPECT_EQ(vehicle.disconnect_reason(), ReasonCode::kServerShuttingDown);
  vehicle = MqttClient({});  // closes the socket
  EXPECT_EQ(waiting.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(source->status().connections, 0u);
}

TEST_F(MqttSourceTest, DrainCutsWhoIsOwedAnAckForTooLong) {
  config.drain_time_max = std::chrono::milliseconds(100);
  open();
  MqttClient vehicle = this->vehicle();
  log.hold(kData);
  ASSERT_TRUE(vehicle.publish(1, kTopicV1));
  ASSERT_TRUE(log.wait_for_records(1));
  std::promise<void> drained;
  std::future<void> waiting = drained.get_future();
  source->drain([&] { drained.set_value(); });
  EXPECT_EQ(waiting.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_TRUE(vehicle.is_ended());
}

TEST_F(MqttSourceTest, TellsClientsWhenItIsDestroyed) {
  open();
  MqttClient vehicle = this->vehicle();
  source.reset();
  EXPECT_EQ(vehicle.disconnect_reason(), ReasonCode::kServerShuttingDown);
}

TEST_F(MqttSourceTest, SaysConnackOnlyWhenThePermitIsAudited) {
  open();
  log.hold(kSystem);
  MqttClient vehicle = client();
  // What comes before CONNACK is taken in, and answered no sooner than CONNACK.
  ASSERT_TRUE(vehicle.send_connect("v1", password));
  ASSERT_TRUE(vehicle.publish(1, kTopicV1));
  ASSERT_TRUE(log.wait_for_held(kSystem, 1));
  MqttClient stranger = client();
  EXPECT_EQ(stranger.sign_in("v1", "guess"), 0x86);
  EXPECT_FALSE(vehicle.has_bytes());
  log.let_go(kSystem);
  EXPECT_EQ(vehicle.connack_code(), 0);
  EXPECT_TRUE(vehicle.is_acked(1));
}

TEST_F(MqttSourceTest, RefusesWhoCannotBeAudited) {
  open();
  log.hold(kSystem);
  for (const ProtocolVersion version : {ProtocolVersion::kV311, ProtocolVersion::kV5}) {
    MqttClient vehicle = client(version);
    ASSERT_TRUE(vehicle.send_connect("v1", password));
    ASSERT_TRUE(log.wait_for_held(kSystem, 1));
    log.answer(kSystem, 0, exhausted("the disk is full"));
    EXPECT_EQ(vehicle.connack_code(), version == ProtocolVersion::kV5 ? 0x97 : 3);
    EXPECT_TRUE(vehicle.is_ended());
  }
}

TEST_F(MqttSourceTest, LogsNothingOfWhoCannotBeAuditedAlsoBehindItsConnect) {
  open();
  log.hold(kSystem);
  MqttClient vehicle = client();
  ASSERT_TRUE(vehicle.send_connect("v1", password));
  ASSERT_TRUE(vehicle.publish(1, kTopicV1));
  ASSERT_TRUE(log.wait_for_held(kSystem, 1));
  log.answer(kSystem, 0, exhausted("the disk is full"));
  EXPECT_EQ(vehicle.connack_code(), 0x97);
  EXPECT_TRUE(vehicle.is_ended());
  EXPECT_EQ(source->status().total.received, 0u);
}

TEST_F(MqttSourceTest, RefusesAWrongPasswordAndAnUnknownNameAlike) {
  open();
  for (const std::string_view user : {"v1", "nobody"}) {
    MqttClient wrong = client();
    EXPECT_EQ(wrong.sign_in(user, "guess"), 0x86);
    EXPECT_TRUE(wrong.is_ended());
    MqttClient old = client(ProtocolVersion::kV311);
    EXPECT_EQ(old.sign_in(user, "guess"), 4);
    EXPECT_TRUE(old.is_ended());
  }
  EXPECT_EQ(ended("bad user name or password"), 4u);
  EXPECT_TRUE(vehicle().ping());
}

TEST_F(MqttSourceTest, MarksRecordsOfVehiclesThatNobodyRegistered) {
  open();
  MqttClient gateway = this->gateway();
  ASSERT_TRUE(gateway.publish(1, topic_of("stranger")));
  EXPECT_TRUE(gateway.is_acked(1));
  EXPECT_EQ(log.records().at(0).flags, log::RecordView::kUnknownVehicle);
  EXPECT_EQ(devices->find("stranger"), nullptr);
}

TEST_F(MqttSourceTest, RegistersVehiclesAtFirstSightWhereTheGatewayMay) {
  const std::string secret = add("recorder", store::DeviceKind::kGateway, true);
  open();
  MqttClient recorder = client();
  ASSERT_EQ(recorder.sign_in("recorder", secret), 0);
  ASSERT_TRUE(recorder.publish(1, topic_of("newcomer")));
  EXPECT_TRUE(recorder.is_acked(1));
  EXPECT_EQ(log.records().at(0).flags, 0);
  const store::DevicePointer newcomer = devices->find("newcomer");
  ASSERT_NE(newcomer, nullptr);
  EXPECT_EQ(newcomer->account, "vehicle");
}

TEST_F(MqttSourceTest, EndsTheConnectionOfARemovedDevice) {
  open();
  MqttClient vehicle = this->vehicle();
  MqttClient gateway = this->gateway();
  ASSERT_TRUE(devices->remove("v1").ok());
  EXPECT_EQ(vehicle.disconnect_reason(), ReasonCode::kAdministrativeAction);
  EXPECT_TRUE(gateway.ping());
}

TEST_F(MqttSourceTest, AVehicleThatWasRemovedIsUnknownFromTheNextMessageOn) {
  open();
  MqttClient gateway = this->gateway();
  ASSERT_TRUE(gateway.publish(1, kTopicV1));
  ASSERT_TRUE(gateway.is_acked(1));
  ASSERT_TRUE(devices->remove("v1").ok());
  ASSERT_TRUE(gateway.publish(2, kTopicV1));
  ASSERT_TRUE(gateway.is_acked(2));
  EXPECT_EQ(log.records().at(0).flags, 0);
  EXPECT_EQ(log.records().at(1).flags, log::RecordView::kUnknownVehicle);
}

TEST_F(MqttSourceTest, CountsForTheMetrics) {
  open();
  MqttClient vehicle = this->vehicle();
  ASSERT_TRUE(vehicle.publish(1, kTopicV1));
  ASSERT_TRUE(vehicle.is_acked(1));
  EXPECT_TRUE(eventually([&] {
    const std::string text = metrics.to_text();
    return text.find("mobilake_ingest_logged_messages_total{source=\"mqtt\"} 1\n") !=
               std::string::npos &&
           text.find("mobilake_ingest_connections{source=\"mqtt\"} 1\n") != std::string::npos;
  }));
}

TEST_F(MqttSourceTest, RefusesAPortThatIsTaken) {
  open();
  const auto second = open_mqtt_source(config, source->endpoint(),
                                       {log, *devices, *gatekeeper, *audit}, doors, metrics, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kUnavailable);
}

// Publishes `count` messages, a window of 20 at a time; returns how many were acked in order.
std::uint16_t publish_many(MqttClient& client, std::string_view topic, std::uint16_t count) {
  std::uint16_t acked = 0;
  for (std::uint16_t sent = 0; acked < count;) {
    for (; sent < count && sent < acked + 20; ++sent)
      if (!client.publish(static_cast<std::uint16_t>(sent + 1), topic)) return acked;
    if (!client.is_acked(static_cast<std::uint16_t>(acked + 1))) return acked;
    ++acked;
  }
  return acked;
}

TEST_F(MqttSourceTest, ConcurrentClientsOnSeveralLoopsAndARealLogAreAllAcked) {
  constexpr int kClients = 6;
  constexpr std::uint16_t kEach = 500;
  base::PowerCutDisk disk;
  log::LogConfig log_config;
  log_config.partitions = kPartitionCount;
  log_config.writers = 2;
  log_config.data.segment_size = {1u << 20};
  log_config.system.segment_size = {256u << 10};
  auto real_log =
      std::move(log::open_log("/log", log_config, {doors.clock, disk, doors.random})).value();
  config.mqtt_loops = 3;
  open(*real_log);
  std::atomic<int> acked{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i)
    threads.emplace_back([&, i] {
      MqttClient client = gateway("c" + std::to_string(i));
      acked.fetch_add(publish_many(client, topic_of("w" + std::to_string(i)), kEach));
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(acked.load(), kClients * kEach);
  expect_conserved();
  std::uint64_t durable = 0;
  for (const auto& [partition, end] : real_log->durable_end(kData))
    durable += end.value();
  EXPECT_EQ(durable, static_cast<std::uint64_t>(kClients) * kEach);
  source.reset();
  EXPECT_TRUE(real_log->close().ok());
}

TEST_F(MqttSourceTest, ConcurrentConnectionsOfOneClientLeaveOne) {
  config.mqtt_loops = 3;
  open();
  std::vector<std::unique_ptr<MqttClient>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<MqttClient>(vehicle("same")));
    if (i == 0) continue;
    MqttClient& older = *clients[clients.size() - 2];
    EXPECT_EQ(older.disconnect_reason(), ReasonCode::kSessionTakenOver);
  }
  EXPECT_TRUE(clients.back()->ping());
  EXPECT_EQ(ended("session taken over"), 11u);
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

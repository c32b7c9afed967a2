// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/connection.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/test/connection_fixture.h"

namespace mobilake::ingest::mqtt {
namespace {

using base::Instant;
using std::chrono::milliseconds;
using std::chrono::seconds;

INSTANTIATE_TEST_SUITE_P(Versions, ConnectionOfBothTest, ::testing::ValuesIn(kBoth));

TEST_P(ConnectionOfBothTest, AcksOnlyAfterDurableAndInPublishOrder) {
  sign_in(GetParam());
  publish(11);
  publish(12);
  publish(13);
  ASSERT_EQ(host.published.size(), 3u);
  EXPECT_EQ(host.published[0].vehicle, "v1");
  EXPECT_EQ(host.published[0].kind, "telemetry");
  EXPECT_EQ(host.sent, "");
  durable(host.published[1].sequence);
  EXPECT_EQ(host.sent, "");
  durable(host.published[0].sequence);
  EXPECT_EQ(to_hex(host.take_sent()), "4002000b4002000c");
  durable(host.published[2].sequence);
  EXPECT_EQ(to_hex(host.take_sent()), "4002000d");
  EXPECT_EQ(counters.publishes_acked.value(), 3u);
  EXPECT_EQ(connection->unacknowledged_count(), 0u);
}

TEST_P(ConnectionOfBothTest, AcksAHundredThatBecameDurableAtOnce) {
  sign_in(GetParam());
  for (std::uint16_t id = 1; id <= 100; ++id)
    publish(id);
  durable(host.published[0].sequence, 100);
  const std::vector<Packet> packets = sent_packets();
  ASSERT_EQ(packets.size(), 100u);
  for (std::size_t i = 0; i < packets.size(); ++i)
    EXPECT_EQ(std::get<Puback>(packets[i]).packet_id, i + 1);
}

TEST_P(ConnectionOfBothTest, TakesAnAnswerFromWithinThePublish) {
  sign_in(GetParam());
  host.on_publish = [&](std::uint64_t sequence) { durable(sequence); };
  receive(publish_bytes(5) + publish_bytes(6));
  EXPECT_EQ(to_hex(host.take_sent()), "4002000540020006");
}

TEST_P(ConnectionOfBothTest, NeverAcksAfterARefusedAppend) {
  sign_in(GetParam());
  publish(1);
  publish(2);
  publish(3);
  connection->publish_failed(host.published[1].sequence, exhausted("the disk is full"));
  expect_ended(ReasonCode::kQuotaExceeded);
  durable(host.published[0].sequence);
  durable(host.published[2].sequence);
  EXPECT_EQ(host.sent, "");
  EXPECT_EQ(counters.publishes_acked.value(), 0u);
}

TEST_P(ConnectionOfBothTest, TakesQos0WithoutAnAnswer) {
  sign_in(GetParam());
  publish(0);
  ASSERT_EQ(host.published.size(), 1u);
  EXPECT_EQ(host.published[0].sequence, 0u);
  EXPECT_EQ(connection->unacknowledged_count(), 0u);
}

TEST_F(ConnectionTest, DeniesAForeignTopicInOrderWithTheOthers) {
  sign_in(ProtocolVersion::kV5);
  publish(1);
  publish(2, "vehicles/v2/telemetry");
  publish(3, "other");
  EXPECT_EQ(host.published.size(), 1u);
  EXPECT_EQ(host.sent, "");
  durable(host.published[0].sequence);
  const std::vector<Packet> packets = sent_packets();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(std::get<Puback>(packets[0]).reason, ReasonCode::kSuccess);
  EXPECT_EQ(std::get<Puback>(packets[1]).packet_id, 2);
  EXPECT_EQ(std::get<Puback>(packets[1]).reason, ReasonCode::kNotAuthorized);
  EXPECT_EQ(std::get<Puback>(packets[2]).reason, ReasonCode::kNotAuthorized);
  EXPECT_EQ(counters.refused(RefusalCause::kTopicDenied).value(), 2u);
  expect_conserved(1);
}

TEST_F(ConnectionTest, JudgesEachTopicByItself) {
  sign_in(ProtocolVersion::kV5);
  publish(1);
  publish(2, "vehicles/v2/telemetry");
  publish(3);
  publish(4, "vehicles/v1/" + std::string(2'000, 'a'));
  publish(5);
  publish(6, "vehicles/v1/event");
  ASSERT_EQ(host.published.size(), 4u);
  durable(host.published[0].sequence, 6);
  std::vector<ReasonCode> reasons;
  for (const Packet& packet : sent_packets())
    reasons.push_back(std::get<Puback>(packet).reason);
  const auto good = ReasonCode::kSuccess;
  EXPECT_EQ(reasons, (std::vector{good, ReasonCode::kNotAuthorized, good,
                                  ReasonCode::kTopicNameInvalid, good, good}));
}

TEST_F(ConnectionTest, ClosesOrAcksAForeignTopicOf311ByPolicy) {
  sign_in(ProtocolVersion::kV311);
  publish(1, "vehicles/v2/telemetry");
  expect_ended(ReasonCode::kNotAuthorized);
  host = FakeConnectionHost();
  rules.limits.denied_publish = DeniedPublish::kAckAndCount;
  sign_in(ProtocolVersion::kV311);
  publish(2, "vehicles/v2/telemetry");
  EXPECT_EQ(to_hex(host.take_sent()), "40020002");
  EXPECT_EQ(host.published.size(), 0u);
  EXPECT_EQ(counters.publishes_denied_by_puback.value(), 1u);
  EXPECT_EQ(counters.publishes_acked.value(), 0u);
  EXPECT_EQ(counters.refused(RefusalCause::kTopicDenied).value(), 2u);
}

TEST_F(ConnectionTest, LetsAGatewaySpeakForVehiclesOfItsAccountOnly) {
  host.identity.device = make_device(store::DeviceKind::kGateway, "gw");
  sign_in(ProtocolVersion::kV5);
  publish(1, "vehicles/v7/can/2");
  publish(2, "vehicles/of-another-account/telemetry");
  publish(3, "elsewhere/v7");
  ASSERT_EQ(host.published.size(), 1u);
  EXPECT_EQ(host.published[0].vehicle, "v7");
  EXPECT_EQ(host.published[0].kind, "can/2");
  EXPECT_EQ(counters.refused(RefusalCause::kTopicDenied).value(), 2u);
}

TEST_F(ConnectionTest, LetsAnApplicationPublishWhereItsFiltersMatch) {
  store::Device device = *make_device(store::DeviceKind::kApplication, "app");
  device.topic_filters = {"plant/+/state", "vehicles/#"};
  host.identity.device = std::make_shared<const store::Device>(device);
  sign_in(ProtocolVersion::kV5);
  publish(1, "plant/a/state");
  publish(2, "vehicles/v7/event");
  publish(3, "vehicles/of-another-account/event");
  publish(4, "plant/a/b/state");
  ASSERT_EQ(host.published.size(), 2u);
  EXPECT_EQ(host.published[0].vehicle, "");
  EXPECT_EQ(host.published[1].vehicle, "v7");
}

TEST_P(ConnectionOfBothTest, RefusesQos2) {
  sign_in(GetParam());
  Publish publish;
  publish.qos = Qos::kExactlyOnce;
  publish.packet_id = 1;
  publish.topic = kTopic;
  receive(wire(publish, version));
  expect_ended(ReasonCode::kQosNotSupported);
  expect_conserved(0);
}

TEST_F(ConnectionTest, RefusesRetainIn5AndCountsItIn311) {
  Publish publish;
  publish.topic = kTopic;
  publish.retain = true;
  sign_in(ProtocolVersion::kV5);
  receive(wire(publish, version));
  expect_ended(ReasonCode::kRetainNotSupported);
  host = FakeConnectionHost();
  sign_in(ProtocolVersion::kV311);
  receive(wire(publish, version));
  EXPECT_EQ(host.published.size(), 1u);
  EXPECT_EQ(counters.retain_flags_ignored.value(), 1u);
}

TEST_P(ConnectionOfBothTest, RefusesAPayloadAboveTheProfile) {
  host.identity.limits.payload_bytes_max = 10;
  sign_in(GetParam());
  receive(publish_bytes(1, kTopic, "0123456789"));
  EXPECT_EQ(host.published.size(), 1u);
  receive(publish_bytes(2, kTopic, "0123456789x"));
  expect_ended(ReasonCode::kPacketTooLarge);
}

TEST_P(ConnectionOfBothTest, RefusesAHugePacketFromItsHeader) {
  sign_in(GetParam());
  receive(from_hex("30 80c2d72f"));
  expect_ended(ReasonCode::kPacketTooLarge);
}

TEST_F(ConnectionTest, DeniesATopicThatIsTooLong) {
  sign_in(ProtocolVersion::kV5);
  publish(1, "vehicles/v1/" + std::string(2'000, 'a'));
  publish(2, "vehicles/v1/" + std::string(40, '/') + "a");
  const std::vector<Packet> packets = sent_packets();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(std::get<Puback>(packets[0]).reason, ReasonCode::kTopicNameInvalid);
  EXPECT_EQ(std::get<Puback>(packets[1]).reason, ReasonCode::kTopicNameInvalid);
  EXPECT_EQ(counters.refused(RefusalCause::kTopicTooLong).value(), 2u);
}

TEST_F(ConnectionTest, EndsAClientAboveTheReceiveMaximum) {
  rules.limits.receive_maximum = 2;
  sign_in(ProtocolVersion::kV5);
  publish(1);
  publish(2);
  EXPECT_FALSE(connection->is_closed());
  publish(3);
  expect_ended(ReasonCode::kReceiveMaximumExceeded);
}

TEST_F(ConnectionTest, HoldsA311ClientBackWhileTooManyWaitForTheirAck) {
  rules.limits.receive_maximum = 2;
  sign_in(ProtocolVersion::kV311);
  receive(publish_bytes(1) + publish_bytes(2) + publish_bytes(3) + publish_bytes(4));
  EXPECT_EQ(host.published.size(), 2u);
  EXPECT_FALSE(connection->wants_bytes());
  EXPECT_EQ(connection->next_deadline(), Instant::max());
  receive(publish_bytes(5));
  durable(host.published[0].sequence, 2);
  EXPECT_EQ(host.published.size(), 4u);
  durable(host.published[2].sequence, 2);
  EXPECT_EQ(host.published.size(), 5u);
  EXPECT_TRUE(connection->wants_bytes());
  durable(host.published[4].sequence);
  EXPECT_EQ(sent_packets().size(), 5u);
}

TEST_F(ConnectionTest, ResolvesTopicAliases) {
  sign_in(ProtocolVersion::kV5);
  Publish publish;
  publish.topic = kTopic;
  publish.properties.topic_alias = std::uint16_t{3};
  receive(wire(publish, version));
  publish.topic = {};
  receive(wire(publish, version));
  publish.topic = "vehicles/v1/event";
  receive(wire(publish, version));
  publish.topic = {};
  receive(wire(publish, version));
  ASSERT_EQ(host.published.size(), 4u);
  EXPECT_EQ(host.published[1].topic, kTopic);
  EXPECT_EQ(host.published[3].topic, "vehicles/v1/event");
  publish.properties.topic_alias = std::uint16_t{2};
  receive(wire(publish, version));
  expect_ended(ReasonCode::kProtocolError);
  expect_conserved(4);
}

TEST_F(ConnectionTest, RefusesAnAliasAboveTheMaximum) {
  sign_in(ProtocolVersion::kV5);
  Publish publish;
  publish.topic = kTopic;
  publish.properties.topic_alias = static_cast<std::uint16_t>(rules.limits.topic_alias_maximum + 1);
  receive(wire(publish, version));
  expect_ended(ReasonCode::kTopicAliasInvalid);
}

TEST_P(ConnectionOfBothTest, SlowsASenderDownToItsRateAndLosesNothing) {
  host.identity.limits.messages_per_second_max = 10;
  sign_in(GetParam());
  std::string bytes;
  for (std::uint16_t id = 1; id <= 15; ++id)
    bytes += publish_bytes(id);
  receive(bytes);
  EXPECT_EQ(host.published.size(), 10u);
  EXPECT_FALSE(connection->wants_bytes());
  EXPECT_EQ(connection->next_deadline(), now + milliseconds(100));
  now += milliseconds(100);
  connection->on_time(now);
  EXPECT_EQ(host.published.size(), 11u);
  now += seconds(1);
  connection->on_time(now);
  EXPECT_EQ(host.published.size(), 15u);
  EXPECT_TRUE(connection->wants_bytes());
  EXPECT_EQ(counters.refused_total(), 0u);
}

TEST_P(ConnectionOfBothTest, EndsASenderThatIsHeldBackForLongerThanThePatience) {
  host.identity.limits.messages_per_second_max = 10;
  rules.limits.rate_patience = seconds(1);
  sign_in(GetParam());
  std::string bytes;
  for (std::uint16_t id = 1; id <= 40; ++id)
    bytes += publish_bytes(id);
  receive(bytes);
  for (int step = 0; step < 10; ++step) {
    EXPECT_FALSE(connection->is_closed()) << step;
    now += milliseconds(100);
    connection->on_time(now);
  }
  expect_ended(ReasonCode::kMessageRateTooHigh);
  EXPECT_EQ(counters.refused(RefusalCause::kMessageRate).value(), 1u);
  expect_conserved(host.published.size());
}

TEST_P(ConnectionOfBothTest, ReadsPacketsCutAtEveryByte) {
  open(GetParam());
  const std::string bytes = wire(connect_packet(version), version) + publish_bytes(1) +
                            wire(Pingreq{}, version) + publish_bytes(2) + publish_bytes(0);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    host = FakeConnectionHost();
    open(GetParam());
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      receive(std::string_view(bytes).substr(at, piece));
    EXPECT_EQ(host.published.size(), 3u) << "pieces of " << piece;
    EXPECT_EQ(host.close_count, 0) << host.close_why;
  }
}

TEST_P(ConnectionOfBothTest, AnswersSubscribeAndUnsubscribeByName) {
  sign_in(GetParam());
  Subscribe subscribe;
  subscribe.packet_id = 9;
  subscribe.subscriptions = {{"a"}, {"a/#"}, {"$share/g/a"}};
  receive(wire(subscribe, version));
  std::vector<Packet> packets = sent_packets();
  ASSERT_EQ(packets.size(), 1u);
  const auto refused = ReasonCode::kUnspecifiedError;
  const std::vector<ReasonCode> expected =
      version == ProtocolVersion::kV311
          ? std::vector{refused, refused, refused}
          : std::vector{ReasonCode::kImplementationSpecificError,
                        ReasonCode::kWildcardSubscriptionsNotSupported,
                        ReasonCode::kSharedSubscriptionsNotSupported};
  EXPECT_EQ(std::get<Suback>(packets[0]).reasons, expected);
  receive(wire(Unsubscribe{10, {"a"}, {}}, version));
  packets = sent_packets();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(std::get<Unsuback>(packets[0]).packet_id, 10);
  EXPECT_FALSE(connection->is_closed());
}

TEST_F(ConnectionTest, KeepsReasonStringsFromAClientThatWantsNone) {
  open(ProtocolVersion::kV5);
  Connect connect = connect_packet(version);
  connect.properties.request_problem_information = std::uint8_t{0};
  receive(wire(connect, version));
  host.take_sent();
  receive(wire(Subscribe{9, {{"a"}}, {}}, version));
  const std::vector<Packet> packets = sent_packets();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_FALSE(std::get<Suback>(packets[0]).properties.reason_string.has_value());
}

TEST_P(ConnectionOfBothTest, EndsASilentClientAfterOneAndAHalfKeepAlives) {
  sign_in(GetParam());
  now += seconds(80);
  receive(wire(Pingreq{}, version));
  EXPECT_EQ(to_hex(host.take_sent()), "d000");
  now += seconds(89);
  connection->on_time(now);
  EXPECT_FALSE(connection->is_closed());
  now += seconds(1);
  connection->on_time(now);
  expect_ended(ReasonCode::kKeepAliveTimeout);
}

TEST_P(ConnectionOfBothTest, GivesWayToANewConnection) {
  sign_in(GetParam()).take_over();
  expect_ended(ReasonCode::kSessionTakenOver);
}

TEST_P(ConnectionOfBothTest, DrainsWhatIsUnderWayBeforeItEnds) {
  sign_in(GetParam());
  publish(1);
  connection->drain();
  EXPECT_FALSE(connection->is_closed());
  EXPECT_FALSE(connection->wants_bytes());
  publish(2);
  EXPECT_EQ(host.published.size(), 1u);
  durable(host.published[0].sequence);
  const std::string sent = host.take_sent();
  EXPECT_EQ(to_hex(sent.substr(0, 4)), "40020001");
  EXPECT_EQ(host.close_reason, ReasonCode::kServerShuttingDown);
  EXPECT_EQ(sent.size() > 4, version == ProtocolVersion::kV5);
}

TEST_P(ConnectionOfBothTest, EndsQuietlyOnDisconnect) {
  sign_in(GetParam());
  receive(wire(Disconnect{}, version) + publish_bytes(1));
  EXPECT_EQ(host.close_reason, ReasonCode::kSuccess);
  EXPECT_EQ(host.sent, "");
  EXPECT_EQ(host.published.size(), 0u);
  EXPECT_EQ(counters.disconnects_by_refusal.value(), 0u);
}

TEST_F(ConnectionTest, RefusesToRaiseASessionExpiryOfZero) {
  sign_in(ProtocolVersion::kV5);
  Disconnect disconnect;
  disconnect.properties.session_expiry_interval_seconds = 10U;
  receive(wire(disconnect, version));
  expect_ended(ReasonCode::kProtocolError);
}

TEST_F(ConnectionTest, RefusesAuth) {
  sign_in(ProtocolVersion::kV5);
  receive(from_hex("f0 06 18 04 15 0001 61"));
  expect_ended(ReasonCode::kBadAuthenticationMethod);
}

TEST_P(ConnectionOfBothTest, RefusesASecondConnect) {
  sign_in(GetParam());
  receive(wire(connect_packet(version), version));
  expect_ended(ReasonCode::kProtocolError);
}

TEST_F(ConnectionTest, AnswersReleasesOfUnknownPackets) {
  sign_in(ProtocolVersion::kV5);
  receive(wire(Pubrel{{4, ReasonCode::kSuccess, {}}}, version));
  EXPECT_EQ(to_hex(host.take_sent()), "7003000492");
  receive(wire(Pubrec{{4, ReasonCode::kSuccess, {}}}, version));
  EXPECT_EQ(to_hex(host.take_sent()), "6203000492");
  receive(wire(Puback{{4, ReasonCode::kSuccess, {}}}, version));
  EXPECT_EQ(host.sent, "");
  EXPECT_FALSE(connection->is_closed());
}

TEST_F(ConnectionTest, SaysNothingThatTheClientCannotHold) {
  open(ProtocolVersion::kV5);
  Connect connect = connect_packet(version);
  connect.properties.maximum_packet_size_bytes = 60U;
  receive(wire(connect, version));
  host.take_sent();
  ASSERT_FALSE(connection->is_closed()) << host.close_why;
  connection->disconnect(ReasonCode::kAdministrativeAction, std::string(100, 'a'));
  EXPECT_EQ(to_hex(host.take_sent()), "e00198");
}

TEST_F(ConnectionTest, StaysSmallWhileIdle) {
  EXPECT_LE(sizeof(Connection), 768u);
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

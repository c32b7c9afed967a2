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

class ConnectionSignInTest : public ConnectionTest {};
class ConnectionSignInOfBothTest : public ConnectionOfBothTest {};
INSTANTIATE_TEST_SUITE_P(Versions, ConnectionSignInOfBothTest, ::testing::ValuesIn(kBoth));

TEST_F(ConnectionSignInTest, ConnackTellsAllLimits) {
  host.identity.limits.payload_bytes_max = 1'000;
  rules.limits.packet_overhead_bytes_max = 24;
  rules.limits.receive_maximum = 7;
  open(ProtocolVersion::kV5);
  Connect connect = connect_packet(version);
  connect.client_id = "";
  connect.clean_start = false;
  connect.keep_alive_seconds = 0;
  connect.properties.session_expiry_interval_seconds = 3'600;
  receive(wire(connect, version));
  const std::vector<Packet> packets = sent_packets();
  ASSERT_EQ(packets.size(), 1u);
  const auto& connack = std::get<Connack>(packets[0]);
  EXPECT_EQ(connack.code, 0);
  EXPECT_FALSE(connack.session_present);
  const Properties& told = connack.properties;
  EXPECT_EQ(told.session_expiry_interval_seconds, 0U);
  EXPECT_EQ(told.receive_maximum, 7);
  EXPECT_EQ(told.maximum_qos, 1);
  EXPECT_EQ(told.retain_available, 0);
  EXPECT_EQ(told.maximum_packet_size_bytes, 1'024U);
  EXPECT_EQ(told.assigned_client_identifier, "assigned-1");
  EXPECT_EQ(told.topic_alias_maximum, rules.limits.topic_alias_maximum);
  EXPECT_EQ(told.wildcard_subscription_available, 0);
  EXPECT_EQ(told.subscription_identifiers_available, 0);
  EXPECT_EQ(told.shared_subscription_available, 0);
  EXPECT_EQ(told.server_keep_alive_seconds, rules.limits.keep_alive_seconds_max);
  EXPECT_EQ(counters.connects_accepted.value(), 1u);
}

TEST_F(ConnectionSignInTest, ConnackOf311IsFourBytes) {
  open(ProtocolVersion::kV311);
  receive(wire(connect_packet(version), version));
  EXPECT_EQ(to_hex(host.take_sent()), "20020000");
  EXPECT_EQ(host.user_name, "u");
}

TEST_F(ConnectionSignInTest, RefusesConnectInTheFormOfItsVersion) {
  struct Case {
    ReasonCode reason;
    std::string_view v311;
  };
  for (const Case& one : {Case{ReasonCode::kBadUserNameOrPassword, "20020004"},
                          Case{ReasonCode::kNotAuthorized, "20020005"},
                          Case{ReasonCode::kServerUnavailable, "20020003"}}) {
    host = FakeConnectionHost();
    host.refusal = ConnectRefusal{one.reason, "no"};
    open(ProtocolVersion::kV311);
    receive(wire(connect_packet(version), version));
    EXPECT_EQ(to_hex(host.take_sent()), one.v311);
    EXPECT_EQ(host.close_reason, one.reason);
    open(ProtocolVersion::kV5);
    receive(wire(connect_packet(version), version));
    const std::vector<Packet> packets = sent_packets();
    ASSERT_EQ(packets.size(), 1u);
    EXPECT_EQ(std::get<Connack>(packets[0]).code, static_cast<std::uint8_t>(one.reason));
    EXPECT_EQ(std::get<Connack>(packets[0]).properties.reason_string, "no");
    EXPECT_TRUE(connection->is_closed());
  }
}

TEST_P(ConnectionSignInOfBothTest, RefusesAWillByName) {
  open(GetParam());
  Connect connect = connect_packet(version);
  connect.will.emplace().topic = "a";
  receive(wire(connect, version));
  EXPECT_EQ(host.close_reason, ReasonCode::kImplementationSpecificError);
  EXPECT_NE(host.close_why.find("will"), std::string::npos);
  EXPECT_EQ(host.client_id, "");
  EXPECT_FALSE(host.sent.empty());
}

TEST_F(ConnectionSignInTest, RefusesAnEmptyClientIdWithoutACleanSession) {
  open(ProtocolVersion::kV311);
  Connect connect = connect_packet(version);
  connect.client_id = "";
  connect.clean_start = false;
  receive(wire(connect, version));
  EXPECT_EQ(to_hex(host.take_sent()), "20020002");
  EXPECT_TRUE(connection->is_closed());
}

TEST_F(ConnectionSignInTest, RefusesEnhancedAuthentication) {
  open(ProtocolVersion::kV5);
  Connect connect = connect_packet(version);
  connect.properties.authentication_method = "SCRAM";
  receive(wire(connect, version));
  EXPECT_EQ(host.close_reason, ReasonCode::kBadAuthenticationMethod);
}

TEST_F(ConnectionSignInTest, AnswersAnUnknownVersionInItsForm) {
  open(ProtocolVersion::kV311);
  receive(from_hex("10 0c 0004 4d515454 03 02 0000 0000"));
  EXPECT_EQ(to_hex(host.take_sent()), "20020001");
  host = FakeConnectionHost();
  open(ProtocolVersion::kV5);
  receive(from_hex("10 0d 0004 4d515454 06 02 0000 00 0000"));
  const std::vector<Packet> packets = sent_packets();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(std::get<Connack>(packets[0]).code, 0x84);
}

TEST_F(ConnectionSignInTest, ClosesWithoutAWordOnAFirstPacketThatIsNotConnect) {
  open(ProtocolVersion::kV5);
  receive(from_hex("c0 00"));
  EXPECT_EQ(host.sent, "");
  EXPECT_EQ(host.close_reason, ReasonCode::kProtocolError);
  EXPECT_EQ(counters.connects_refused.value(), 1u);
}

TEST_F(ConnectionSignInTest, EndsAStrangerWhoDoesNotConnectInTime) {
  open(ProtocolVersion::kV5);
  receive(from_hex("10 20"));
  EXPECT_EQ(connection->next_deadline(), now + rules.limits.connect_time_max);
  now += rules.limits.connect_time_max - std::chrono::milliseconds(1);
  connection->on_time(now);
  EXPECT_FALSE(connection->is_closed());
  now += std::chrono::milliseconds(1);
  connection->on_time(now);
  EXPECT_TRUE(connection->is_closed());
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

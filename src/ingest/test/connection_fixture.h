// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/mqtt/connection.h"
#include "ingest/testkit/fake_connection_host.h"
#include "ingest/testkit/mqtt_bytes.h"

namespace mobilake::ingest::mqtt {

inline constexpr std::string_view kTopic = "vehicles/v1/telemetry";

/// One connection with its host and counters, at a time that the test moves.
class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() { host.identity.limits.messages_per_second_max = 0; }

  // Makes a signed-in connection and forgets its CONNACK.
  Connection& sign_in(ProtocolVersion version) {
    open(version);
    receive(wire(connect_packet(version), version));
    EXPECT_NE(connection->identity(), nullptr) << host.close_why;
    host.take_sent();
    return *connection;
  }
  void open(ProtocolVersion used) {
    version = used;
    connection.emplace(rules, host, counters, now);
  }
  static Connect connect_packet(ProtocolVersion version) {
    Connect connect;
    connect.version = version;
    connect.client_id = "c1";
    connect.keep_alive_seconds = 60;
    connect.user_name = "u";
    connect.password = "p";
    return connect;
  }
  void receive(std::string_view bytes) { connection->receive(bytes, now); }

  std::string publish_bytes(std::uint16_t packet_id, std::string_view topic = kTopic,
                            std::string_view payload = "x") const {
    Publish publish;
    publish.qos = packet_id == 0 ? Qos::kAtMostOnce : Qos::kAtLeastOnce;
    publish.packet_id = packet_id;
    publish.topic = topic;
    publish.payload = payload;
    return wire(publish, version);
  }
  void publish(std::uint16_t packet_id, std::string_view topic = kTopic) {
    receive(publish_bytes(packet_id, topic));
  }
  void durable(std::uint64_t first, std::uint32_t count = 1) {
    connection->publish_durable(first, count, now);
  }

  // Returns the packets that the host was given since the last call.
  std::vector<Packet> sent_packets() {
    sent_bytes = host.take_sent();
    std::vector<Packet> packets;
    std::string_view left = sent_bytes;
    const PacketReader reader({version, Sender::kServer, kRemainingLengthMax});
    while (!left.empty()) {
      const ReadResult result = reader.read(left, packets.emplace_back());
      EXPECT_EQ(result.state, ReadResult::State::kPacket) << result.refusal.why;
      if (result.state != ReadResult::State::kPacket) break;
      left.remove_prefix(result.size_bytes);
    }
    return packets;
  }
  // Says that the connection ended: with this DISCONNECT in MQTT 5, without a word in 3.1.1.
  void expect_ended(ReasonCode reason) {
    EXPECT_TRUE(connection->is_closed());
    EXPECT_EQ(host.close_count, 1);
    EXPECT_EQ(host.close_reason, reason) << host.close_why;
    const std::vector<Packet> packets = sent_packets();
    if (version == ProtocolVersion::kV311) {
      EXPECT_TRUE(packets.empty());
      return;
    }
    ASSERT_EQ(packets.size(), 1u);
    const auto* disconnect = std::get_if<Disconnect>(&packets[0]);
    ASSERT_NE(disconnect, nullptr);
    EXPECT_EQ(disconnect->reason, reason);
    EXPECT_EQ(disconnect->properties.reason_string, host.close_why);
  }
  void expect_conserved(std::uint64_t in_flight) {
    EXPECT_EQ(counters.publishes_received.value(),
              counters.publishes_logged.value() + counters.refused_total() + in_flight);
  }

  ConnectionRules rules{{}, TopicTemplate::parse("vehicles/{vehicle}/{kind...}").value()};
  FakeConnectionHost host;
  IngestCounters counters;
  base::Instant now{std::chrono::hours(1)};
  ProtocolVersion version = ProtocolVersion::kV5;
  std::optional<Connection> connection;
  std::string sent_bytes;
};

inline constexpr ProtocolVersion kBoth[] = {ProtocolVersion::kV311, ProtocolVersion::kV5};

/// The same in either version.
class ConnectionOfBothTest : public ConnectionTest,
                             public ::testing::WithParamInterface<ProtocolVersion> {};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ingest/mqtt/packet_reader.h"
#include "ingest/testkit/mqtt_bytes.h"
#include "net/endpoint.h"

namespace mobilake::ingest::mqtt {

/// The other side of the wire: a blocking client on loopback, which waits 20 s at most.
class MqttClient {
 public:
  explicit MqttClient(const net::Endpoint& endpoint, ProtocolVersion version = ProtocolVersion::kV5)
      : version_(version), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{20, 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int one = 1;
    ::setsockopt(descriptor(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    ::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
    connected_ =
        ::connect(descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  bool is_connected() const { return connected_; }
  int descriptor() const { return socket_.descriptor(); }
  ProtocolVersion version() const { return version_; }

  /// Returns whether all of it was taken.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Reads the next packet; null at the end of the connection. Views live until the next call.
  const Packet* read() {
    in_.erase(0, std::exchange(taken_, 0));
    const PacketReader reader({version_, Sender::kServer, kRemainingLengthMax});
    for (;;) {
      const ReadResult result = reader.read(in_, packet_);
      EXPECT_NE(result.state, ReadResult::State::kMalformed) << result.refusal.why;
      if (result.state == ReadResult::State::kMalformed) return nullptr;
      if (result.state == ReadResult::State::kPacket) {
        taken_ = result.size_bytes;
        return &packet_;
      }
      char buffer[4096];
      const ssize_t got = ::recv(descriptor(), buffer, sizeof buffer, 0);
      if (got <= 0) return nullptr;
      in_.append(buffer, static_cast<std::size_t>(got));
    }
  }
  /// Reads the next packet where it is of that type.
  template <typename AnyPacket>
  const AnyPacket* read_as() {
    const Packet* packet = read();
    return packet == nullptr ? nullptr : std::get_if<AnyPacket>(packet);
  }
  /// Returns whether something is there to read, without waiting.
  bool has_bytes() const {
    char byte = 0;
    return taken_ < in_.size() || ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }
  /// Returns whether the server ends the connection without another packet.
  bool is_ended() { return read() == nullptr; }

  /// Signs in and returns the code of CONNACK, or nothing where none came.
  std::optional<std::uint8_t> sign_in(std::string_view user, std::string_view password,
                                      std::string_view client_id = "c1",
                                      std::uint16_t keep_alive_seconds = 0) {
    if (!send_connect(user, password, client_id, keep_alive_seconds)) return std::nullopt;
    return connack_code();
  }
  bool send_connect(std::string_view user, std::string_view password,
                    std::string_view client_id = "c1", std::uint16_t keep_alive_seconds = 0) {
    Connect connect;
    connect.version = version_;
    connect.client_id = client_id;
    connect.keep_alive_seconds = keep_alive_seconds;
    connect.user_name = user;
    connect.password = password;
    return send(wire(connect, version_));
  }
  std::optional<std::uint8_t> connack_code() {
    const auto* connack = read_as<Connack>();
    return connack == nullptr ? std::nullopt : std::optional(connack->code);
  }

  std::string publish_bytes(std::uint16_t packet_id, std::string_view topic,
                            std::string_view payload = "x") const {
    Publish publish;
    publish.qos = packet_id == 0 ? Qos::kAtMostOnce : Qos::kAtLeastOnce;
    publish.packet_id = packet_id;
    publish.topic = topic;
    publish.payload = payload;
    return wire(publish, version_);
  }
  bool publish(std::uint16_t packet_id, std::string_view topic, std::string_view payload = "x") {
    return send(publish_bytes(packet_id, topic, payload));
  }

  /// Returns whether the next packet is the PUBACK of that publish, with success.
  bool is_acked(std::uint16_t packet_id) {
    const auto* puback = read_as<Puback>();
    return puback != nullptr && puback->packet_id == packet_id &&
           puback->reason == ReasonCode::kSuccess;
  }
  /// Asks and waits for an answer: all that was sent before has been read, and nothing of it was
  /// answered yet.
  bool ping() { return send(wire(Pingreq{}, version_)) && read_as<Pingresp>() != nullptr; }
  /// Returns the reason of the DISCONNECT that comes next, after which the connection ends.
  std::optional<ReasonCode> disconnect_reason() {
    const auto* disconnect = read_as<Disconnect>();
    if (disconnect == nullptr) return std::nullopt;
    const ReasonCode reason = disconnect->reason;
    return is_ended() ? std::optional(reason) : std::nullopt;
  }

 private:
  ProtocolVersion version_;
  net::Socket socket_;
  bool connected_ = false;
  std::string in_;
  std::size_t taken_ = 0;
  Packet packet_;
};

}  // namespace mobilake::ingest::mqtt

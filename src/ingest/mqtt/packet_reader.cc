// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/packet_reader.h"

#include <fmt/format.h>

#include <utility>

#include "ingest/mqtt/inside/body_reader.h"
#include "ingest/mqtt/inside/byte_cursor.h"

namespace mobilake::ingest::mqtt {
namespace {

bool is_sent_by_client(PacketType type) {
  return type != PacketType::kConnack && type != PacketType::kSuback &&
         type != PacketType::kUnsuback && type != PacketType::kPingresp;
}

bool is_sent_by_server(PacketType type, bool v5) {
  switch (type) {
    case PacketType::kConnect:
    case PacketType::kSubscribe:
    case PacketType::kUnsubscribe:
    case PacketType::kPingreq:
      return false;
    case PacketType::kDisconnect:
      return v5;
    default:
      return true;
  }
}

// Returns the flags that the type must have (table 2-2); those of PUBLISH have a meaning.
std::uint8_t fixed_flags(PacketType type) {
  return type == PacketType::kPubrel || type == PacketType::kSubscribe ||
                 type == PacketType::kUnsubscribe
             ? 2
             : 0;
}

ReadResult refused(ReasonCode reason, std::string why, std::optional<ProtocolVersion> version) {
  return {ReadResult::State::kMalformed, 0, {reason, std::move(why), version}};
}

// Says what is wrong with the first byte, if anything.
std::optional<Refusal> check_first_byte(std::uint8_t first, const ReaderRules& rules) {
  const auto type = static_cast<PacketType>(first >> 4U);
  const auto flags = static_cast<std::uint8_t>(first & 0x0FU);
  const bool v5 = rules.version == ProtocolVersion::kV5;
  if (first >> 4U == 0 || (type == PacketType::kAuth && rules.version && !v5))
    return Refusal{ReasonCode::kMalformedPacket,
                   fmt::format("there is no packet type {}", first >> 4U), rules.version};
  const auto wrong = [&](std::string_view why) {
    return Refusal{ReasonCode::kProtocolError, fmt::format("{}: {}", packet_name(type), why),
                   rules.version};
  };
  if (!rules.version && type != PacketType::kConnect)
    return wrong("the first packet must be CONNECT");
  if (rules.version && type == PacketType::kConnect) return wrong("it may come only once");
  const bool may_send =
      rules.sender == Sender::kClient ? is_sent_by_client(type) : is_sent_by_server(type, v5);
  if (!may_send) return wrong("this side may not send it");
  const auto malformed = [&](std::string_view why) {
    return Refusal{ReasonCode::kMalformedPacket, fmt::format("{}: {}", packet_name(type), why),
                   rules.version};
  };
  if (type != PacketType::kPublish) {
    if (flags != fixed_flags(type)) return malformed("reserved flags are wrong");
    return std::nullopt;
  }
  if ((flags & 6U) == 6U) return malformed("the QoS is 3");
  if ((flags & 14U) == 8U) return malformed("DUP is set on QoS 0");
  return std::nullopt;
}

}  // namespace

std::string_view packet_name(PacketType type) {
  constexpr std::string_view kNames[] = {"?",         "CONNECT",  "CONNACK",     "PUBLISH",
                                         "PUBACK",    "PUBREC",   "PUBREL",      "PUBCOMP",
                                         "SUBSCRIBE", "SUBACK",   "UNSUBSCRIBE", "UNSUBACK",
                                         "PINGREQ",   "PINGRESP", "DISCONNECT",  "AUTH"};
  const auto index = static_cast<std::size_t>(type);
  return kNames[index < std::size(kNames) ? index : 0];
}

ReadResult PacketReader::read_header(std::string_view bytes, FixedHeader& header) const {
  if (bytes.empty()) return {};
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  if (auto refusal = check_first_byte(first, rules_))
    return {ReadResult::State::kMalformed, 0, *std::move(refusal)};
  header.type = static_cast<PacketType>(first >> 4U);
  header.flags = static_cast<std::uint8_t>(first & 0x0FU);
  ByteCursor cursor(bytes.substr(1));
  if (!cursor.take_varint(header.remaining_length, header.shortest)) {
    // Four bytes that all say "more to come" are one too many; fewer may still end well.
    if (bytes.size() < 5) return {};
    return refused(
        ReasonCode::kMalformedPacket,
        fmt::format("{}: the remaining length is longer than four bytes", packet_name(header.type)),
        rules_.version);
  }
  header.size_bytes = static_cast<std::uint8_t>(bytes.size() - cursor.left().size());
  if (!header.shortest && rules_.version == ProtocolVersion::kV5)
    return refused(ReasonCode::kMalformedPacket,
                   fmt::format("{}: the remaining length takes more bytes than it needs",
                               packet_name(header.type)),
                   rules_.version);
  if (header.packet_size_bytes() > rules_.packet_size_bytes_max)
    return refused(ReasonCode::kPacketTooLarge,
                   fmt::format("{} has {} bytes, at most {} are taken", packet_name(header.type),
                               header.packet_size_bytes(), rules_.packet_size_bytes_max),
                   rules_.version);
  return {ReadResult::State::kPacket, header.packet_size_bytes(), {}};
}

ReadResult PacketReader::read(std::string_view bytes, Packet& packet) const {
  FixedHeader header;
  ReadResult result = read_header(bytes, header);
  if (result.state != ReadResult::State::kPacket) return result;
  if (bytes.size() < result.size_bytes) {
    result.state = ReadResult::State::kNeedMore;
    return result;
  }
  BodyReader body(header, bytes.substr(header.size_bytes, header.remaining_length), rules_);
  if (body.read(packet)) return result;
  return {ReadResult::State::kMalformed, 0, std::move(body.refusal())};
}

}  // namespace mobilake::ingest::mqtt

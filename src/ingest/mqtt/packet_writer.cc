// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/packet_writer.h"

#include "ingest/mqtt/inside/property_writer.h"
#include "ingest/mqtt/inside/wire_encoding.h"

namespace mobilake::ingest::mqtt {
namespace {

std::uint8_t first_byte(PacketType type, std::uint8_t flags = 0) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4U | flags);
}

std::size_t varint_size(std::size_t value) {
  if (value < 0x80U) return 1;
  if (value < 0x4000U) return 2;
  return value < 0x200000U ? 3 : 4;
}

void put_reasons(const std::vector<ReasonCode>& reasons, std::string& out) {
  for (const ReasonCode reason : reasons)
    put_u8(out, static_cast<std::uint8_t>(reason));
}

bool is_empty(const Properties& properties) {
  std::string out;
  for (std::uint8_t id = 0; id <= kIdentifierMax; ++id)
    if (const PropertyRow* row = property_row(id)) put_property(*row, properties, out);
  return out.empty() && properties.user_properties.empty() &&
         properties.subscription_identifiers.empty();
}

std::uint8_t connect_flags(const Connect& packet) {
  unsigned flags = packet.clean_start ? 0x02U : 0U;
  if (packet.will) {
    flags |= 0x04U | static_cast<unsigned>(packet.will->qos) << 3U;
    if (packet.will->retain) flags |= 0x20U;
  }
  if (packet.password) flags |= 0x40U;
  if (packet.user_name) flags |= 0x80U;
  return static_cast<std::uint8_t>(flags);
}

}  // namespace

void PacketWriter::put_properties(const Properties& properties, Extent extent,
                                  std::string& out) const {
  if (!is_v5()) return;
  std::string section;
  const Properties* chosen = &properties;
  Properties without_reason;
  if (extent != Extent::kAll) {
    without_reason = properties;
    without_reason.reason_string.reset();
    chosen = &without_reason;
  }
  for (std::uint8_t id = 0; id <= kIdentifierMax; ++id)
    if (const PropertyRow* row = property_row(id)) put_property(*row, *chosen, section);
  SubscriptionIdentifierCursor identifiers(properties.subscription_identifiers);
  for (std::uint32_t identifier = 0; identifiers.next(identifier);)
    append_subscription_identifier(section, identifier);
  if (extent != Extent::kWithoutUserProperties)
    put_user_properties(properties.user_properties, section);
  put_varint(out, static_cast<std::uint32_t>(section.size()));
  out.append(section);
}

bool PacketWriter::frame(std::uint8_t first, std::string_view body, std::string& out) const {
  if (body.size() > kRemainingLengthMax) return false;
  if (1 + varint_size(body.size()) + body.size() > packet_size_bytes_max_) return false;
  put_u8(out, first);
  put_varint(out, static_cast<std::uint32_t>(body.size()));
  out.append(body);
  return true;
}

// `body(extent, out)` writes what follows the fixed header, with ever less of the properties.
template <typename Body>
bool PacketWriter::write_fitting(std::uint8_t first, std::string& out, Body body) const {
  for (const Extent extent :
       {Extent::kAll, Extent::kWithoutReasonString, Extent::kWithoutUserProperties}) {
    std::string bytes;
    body(extent, bytes);
    if (frame(first, bytes, out)) return true;
    if (!is_v5()) return false;
  }
  return false;
}

void PacketWriter::put_will(const Will& will, std::string& out) const {
  put_properties(will.properties, Extent::kAll, out);
  put_binary(out, will.topic);
  put_binary(out, will.payload);
}

bool PacketWriter::write(const Connect& packet, std::string& out) const {
  std::string body;
  put_binary(body, "MQTT");
  put_u8(body, static_cast<std::uint8_t>(version_));
  put_u8(body, connect_flags(packet));
  put_u16(body, packet.keep_alive_seconds);
  put_properties(packet.properties, Extent::kAll, body);
  put_binary(body, packet.client_id);
  if (packet.will) put_will(*packet.will, body);
  if (packet.user_name) put_binary(body, *packet.user_name);
  if (packet.password) put_binary(body, *packet.password);
  return frame(first_byte(PacketType::kConnect), body, out);
}

bool PacketWriter::write(const Connack& packet, std::string& out) const {
  return write_fitting(first_byte(PacketType::kConnack), out,
                       [&](Extent extent, std::string& body) {
                         put_u8(body, packet.session_present ? 1 : 0);
                         put_u8(body, packet.code);
                         put_properties(packet.properties, extent, body);
                       });
}

bool PacketWriter::write(const Publish& packet, std::string& out) const {
  unsigned flags = static_cast<unsigned>(packet.qos) << 1U;
  if (packet.duplicate) flags |= 8U;
  if (packet.retain) flags |= 1U;
  std::string body;
  put_binary(body, packet.topic);
  if (packet.qos != Qos::kAtMostOnce) put_u16(body, packet.packet_id);
  put_properties(packet.properties, Extent::kAll, body);
  body.append(packet.payload);
  return frame(first_byte(PacketType::kPublish, static_cast<std::uint8_t>(flags)), body, out);
}

bool PacketWriter::write_acknowledgement(PacketType type, const Acknowledgement& packet,
                                         std::string& out) const {
  const std::uint8_t first = first_byte(type, type == PacketType::kPubrel ? 2 : 0);
  const bool plain = packet.reason == ReasonCode::kSuccess && is_empty(packet.properties);
  return write_fitting(first, out, [&](Extent extent, std::string& body) {
    put_u16(body, packet.packet_id);
    if (!is_v5() || plain) return;
    put_u8(body, static_cast<std::uint8_t>(packet.reason));
    put_properties(packet.properties, extent, body);
    // An empty property section may be left out (MQTT 5 section 3.4.2.2.1).
    if (body.size() == 4) body.pop_back();
  });
}

bool PacketWriter::write(const Puback& packet, std::string& out) const {
  return write_acknowledgement(PacketType::kPuback, packet, out);
}

bool PacketWriter::write(const Pubrec& packet, std::string& out) const {
  return write_acknowledgement(PacketType::kPubrec, packet, out);
}

bool PacketWriter::write(const Pubrel& packet, std::string& out) const {
  return write_acknowledgement(PacketType::kPubrel, packet, out);
}

bool PacketWriter::write(const Pubcomp& packet, std::string& out) const {
  return write_acknowledgement(PacketType::kPubcomp, packet, out);
}

bool PacketWriter::write(const Subscribe& packet, std::string& out) const {
  std::string body;
  put_u16(body, packet.packet_id);
  put_properties(packet.properties, Extent::kAll, body);
  for (const Subscription& subscription : packet.subscriptions) {
    unsigned options = static_cast<unsigned>(subscription.qos);
    if (is_v5()) {
      if (subscription.no_local) options |= 4U;
      if (subscription.retain_as_published) options |= 8U;
      options |= static_cast<unsigned>(subscription.retain_handling) << 4U;
    }
    put_binary(body, subscription.filter);
    put_u8(body, static_cast<std::uint8_t>(options));
  }
  return frame(first_byte(PacketType::kSubscribe, 2), body, out);
}

bool PacketWriter::write(const Suback& packet, std::string& out) const {
  return write_fitting(first_byte(PacketType::kSuback), out, [&](Extent extent, std::string& body) {
    put_u16(body, packet.packet_id);
    put_properties(packet.properties, extent, body);
    put_reasons(packet.reasons, body);
  });
}

bool PacketWriter::write(const Unsubscribe& packet, std::string& out) const {
  std::string body;
  put_u16(body, packet.packet_id);
  put_properties(packet.properties, Extent::kAll, body);
  for (const std::string_view filter : packet.filters)
    put_binary(body, filter);
  return frame(first_byte(PacketType::kUnsubscribe, 2), body, out);
}

bool PacketWriter::write(const Unsuback& packet, std::string& out) const {
  return write_fitting(first_byte(PacketType::kUnsuback), out,
                       [&](Extent extent, std::string& body) {
                         put_u16(body, packet.packet_id);
                         put_properties(packet.properties, extent, body);
                         if (is_v5()) put_reasons(packet.reasons, body);
                       });
}

bool PacketWriter::write(const Pingreq& /*packet*/, std::string& out) const {
  return frame(first_byte(PacketType::kPingreq), {}, out);
}

bool PacketWriter::write(const Pingresp& /*packet*/, std::string& out) const {
  return frame(first_byte(PacketType::kPingresp), {}, out);
}

bool PacketWriter::write(const Disconnect& packet, std::string& out) const {
  const bool plain = packet.reason == ReasonCode::kSuccess && is_empty(packet.properties);
  return write_fitting(first_byte(PacketType::kDisconnect), out,
                       [&](Extent extent, std::string& body) {
                         if (!is_v5() || plain) return;
                         put_u8(body, static_cast<std::uint8_t>(packet.reason));
                         put_properties(packet.properties, extent, body);
                         if (body.size() == 2) body.pop_back();
                       });
}

bool PacketWriter::write(const Auth& packet, std::string& out) const {
  MOBILAKE_CHECK(is_v5());
  std::string body;
  if (packet.reason != ReasonCode::kSuccess || !is_empty(packet.properties)) {
    put_u8(body, static_cast<std::uint8_t>(packet.reason));
    put_properties(packet.properties, Extent::kAll, body);
  }
  return frame(first_byte(PacketType::kAuth), body, out);
}

bool PacketWriter::write(const Packet& packet, std::string& out) const {
  return std::visit([&](const auto& held) { return write(held, out); }, packet);
}

}  // namespace mobilake::ingest::mqtt

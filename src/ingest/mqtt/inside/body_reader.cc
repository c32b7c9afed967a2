// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/body_reader.h"

#include <fmt/format.h>

#include "ingest/mqtt/topic.h"

namespace mobilake::ingest::mqtt {

bool BodyReader::refuse(ReasonCode reason, std::string_view why) {
  refusal_ = Refusal{reason, fmt::format("{}: {}", packet_name(header_.type), why), version_};
  return false;
}

bool BodyReader::read(Packet& packet) {
  switch (header_.type) {
    case PacketType::kConnect:
      return read_connect(packet.emplace<Connect>()) && read_end();
    case PacketType::kConnack:
      return read_connack(packet.emplace<Connack>()) && read_end();
    case PacketType::kPublish:
      return read_publish(packet.emplace<Publish>());
    case PacketType::kPuback:
      return read_acknowledgement(packet.emplace<Puback>()) && read_end();
    case PacketType::kPubrec:
      return read_acknowledgement(packet.emplace<Pubrec>()) && read_end();
    case PacketType::kPubrel:
      return read_acknowledgement(packet.emplace<Pubrel>()) && read_end();
    case PacketType::kPubcomp:
      return read_acknowledgement(packet.emplace<Pubcomp>()) && read_end();
    case PacketType::kSubscribe:
      return read_subscribe(packet.emplace<Subscribe>());
    case PacketType::kSuback:
      return read_suback(packet.emplace<Suback>());
    case PacketType::kUnsubscribe:
      return read_unsubscribe(packet.emplace<Unsubscribe>());
    case PacketType::kUnsuback:
      return read_unsuback(packet.emplace<Unsuback>());
    case PacketType::kPingreq:
      packet.emplace<Pingreq>();
      return read_end();
    case PacketType::kPingresp:
      packet.emplace<Pingresp>();
      return read_end();
    case PacketType::kDisconnect:
      return read_disconnect(packet.emplace<Disconnect>()) && read_end();
    case PacketType::kAuth:
      return read_auth(packet.emplace<Auth>()) && read_end();
  }
  return malformed("there is no such packet type");
}

bool BodyReader::read_end() {
  if (body_.empty()) return true;
  return malformed(fmt::format("{} bytes are left after its end", body_.left().size()));
}

bool BodyReader::read_packet_id(std::uint16_t& packet_id) {
  if (!body_.take_u16(packet_id)) return malformed("it ends within the packet identifier");
  return packet_id != 0 || protocol_error("the packet identifier may not be 0");
}

bool BodyReader::read_text(std::string_view& value) {
  if (!body_.take_binary(value)) return malformed("it ends within a string");
  return is_text(value) || malformed("a string is not UTF-8 or holds U+0000");
}

bool BodyReader::read_filter(std::string_view& filter) {
  if (!body_.take_binary(filter)) return malformed("it ends within a topic filter");
  return is_topic_filter(filter) || malformed("a topic filter is not well formed");
}

bool BodyReader::read_reason(ReasonCode& reason) {
  std::uint8_t byte = 0;
  if (!body_.take_u8(byte)) return malformed("it ends before its reason code");
  reason = static_cast<ReasonCode>(byte);
  if (is_reason_allowed(header_.type, sender_, reason)) return true;
  return protocol_error(fmt::format("the reason code {:#04x} does not belong there", byte));
}

bool BodyReader::read_publish(Publish& publish) {
  const unsigned qos = header_.flags >> 1U & 3U;
  publish.duplicate = (header_.flags & 8U) != 0;
  publish.retain = (header_.flags & 1U) != 0;
  publish.qos = static_cast<Qos>(qos);
  if (!body_.take_binary(publish.topic)) return malformed("it ends within the topic");
  if (publish.topic.empty()) {
    if (!is_v5()) return protocol_error("the topic is empty");
  } else if (publish.topic != known_topic_ && !is_topic_name(publish.topic)) {
    return malformed("the topic is not UTF-8, or holds U+0000 or a wildcard");
  }
  if (qos != 0 && !read_packet_id(publish.packet_id)) return false;
  if (!read_properties(in(PacketType::kPublish), publish.properties)) return false;
  if (publish.topic.empty() && !publish.properties.topic_alias)
    return protocol_error("it has neither topic nor topic alias");
  publish.payload = body_.left();
  return true;
}

bool BodyReader::read_acknowledgement(Acknowledgement& acknowledgement) {
  if (!read_packet_id(acknowledgement.packet_id)) return false;
  // Reason and properties may be left out (MQTT 5 sections 3.4.2.1 and 3.4.2.2.1).
  if (!is_v5() || body_.empty()) return true;
  if (!read_reason(acknowledgement.reason)) return false;
  return body_.empty() || read_properties(in(header_.type), acknowledgement.properties);
}

bool BodyReader::read_subscription(Subscription& subscription) {
  std::uint8_t options = 0;
  if (!read_filter(subscription.filter)) return false;
  if (!body_.take_u8(options)) return malformed("it ends before the options of a filter");
  const unsigned reserved = is_v5() ? 0xC0U : 0xFCU;
  if ((options & reserved) != 0) return malformed("reserved bits of subscription options are set");
  if ((options & 3U) == 3U) return is_v5() ? protocol_error("a QoS is 3") : malformed("a QoS is 3");
  subscription.qos = static_cast<Qos>(options & 3U);
  subscription.no_local = (options & 4U) != 0;
  subscription.retain_as_published = (options & 8U) != 0;
  subscription.retain_handling = static_cast<std::uint8_t>(options >> 4U);
  if (subscription.retain_handling == 3) return protocol_error("a retain handling is 3");
  if (subscription.no_local && shared_filter(subscription.filter))
    return protocol_error("no-local is set on a shared subscription");
  return true;
}

bool BodyReader::read_subscribe(Subscribe& subscribe) {
  if (!read_packet_id(subscribe.packet_id)) return false;
  if (!read_properties(in(PacketType::kSubscribe), subscribe.properties)) return false;
  if (body_.empty()) return protocol_error("it has no topic filter");
  while (!body_.empty())
    if (!read_subscription(subscribe.subscriptions.emplace_back())) return false;
  return true;
}

bool BodyReader::read_unsubscribe(Unsubscribe& unsubscribe) {
  if (!read_packet_id(unsubscribe.packet_id)) return false;
  if (!read_properties(in(PacketType::kUnsubscribe), unsubscribe.properties)) return false;
  if (body_.empty()) return protocol_error("it has no topic filter");
  while (!body_.empty())
    if (!read_filter(unsubscribe.filters.emplace_back())) return false;
  return true;
}

bool BodyReader::read_suback(Suback& suback) {
  if (!read_packet_id(suback.packet_id)) return false;
  if (!read_properties(in(PacketType::kSuback), suback.properties)) return false;
  if (body_.empty()) return protocol_error("it has no reason code");
  while (!body_.empty()) {
    ReasonCode& reason = suback.reasons.emplace_back();
    if (!read_reason(reason)) return false;
    if (!is_v5() && reason > ReasonCode::kGrantedQos2 && reason != ReasonCode::kUnspecifiedError)
      return protocol_error("a return code is none of 0, 1, 2 and 0x80");
  }
  return true;
}

bool BodyReader::read_unsuback(Unsuback& unsuback) {
  if (!read_packet_id(unsuback.packet_id)) return false;
  if (!is_v5()) return read_end();
  if (!read_properties(in(PacketType::kUnsuback), unsuback.properties)) return false;
  if (body_.empty()) return protocol_error("it has no reason code");
  while (!body_.empty())
    if (!read_reason(unsuback.reasons.emplace_back())) return false;
  return true;
}

bool BodyReader::read_connack(Connack& connack) {
  std::uint8_t flags = 0;
  if (!body_.take_u8(flags)) return malformed("it ends before its flags");
  if ((flags & 0xFEU) != 0) return malformed("reserved flags are set");
  connack.session_present = flags == 1;
  if (is_v5()) {
    ReasonCode reason{};
    if (!read_reason(reason)) return false;
    connack.code = static_cast<std::uint8_t>(reason);
  } else {
    if (!body_.take_u8(connack.code)) return malformed("it ends before its return code");
    if (connack.code > 5) return protocol_error("there is no such return code");
  }
  if (connack.session_present && connack.code != 0)
    return protocol_error("a refusal says that a session is present");
  return read_properties(in(PacketType::kConnack), connack.properties);
}

bool BodyReader::read_disconnect(Disconnect& disconnect) {
  if (!is_v5() || body_.empty()) return true;
  if (!read_reason(disconnect.reason)) return false;
  return body_.empty() || read_properties(in(PacketType::kDisconnect), disconnect.properties);
}

bool BodyReader::read_auth(Auth& auth) {
  if (body_.empty()) return true;
  if (!read_reason(auth.reason)) return false;
  if (!read_properties(in(PacketType::kAuth), auth.properties)) return false;
  if (!auth.properties.authentication_method)
    return protocol_error("it has no authentication method");
  return true;
}

}  // namespace mobilake::ingest::mqtt

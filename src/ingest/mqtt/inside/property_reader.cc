// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ingest/mqtt/inside/body_reader.h"
#include "ingest/mqtt/topic.h"

namespace mobilake::ingest::mqtt {
namespace {

// Passes over the value of a property; false where the bytes end before it.
bool skip_value(ByteCursor& cursor, WireType type) {
  std::uint8_t u8 = 0;
  std::uint16_t u16 = 0;
  std::uint32_t u32 = 0;
  std::string_view bytes;
  bool shortest = true;
  switch (type) {
    case WireType::kU8:
      return cursor.take_u8(u8);
    case WireType::kU16:
      return cursor.take_u16(u16);
    case WireType::kU32:
      return cursor.take_u32(u32);
    case WireType::kText:
    case WireType::kBinary:
      return cursor.take_binary(bytes);
    case WireType::kVarint:
      return cursor.take_varint(u32, shortest);
    case WireType::kTextPair:
      return cursor.take_binary(bytes) && cursor.take_binary(bytes);
  }
  return false;
}

// Moves to the value of the next property with that identifier.
bool find_next(ByteCursor& cursor, std::uint8_t wanted) {
  std::uint8_t identifier = 0;
  while (cursor.take_u8(identifier)) {
    if (identifier == wanted) return true;
    const PropertyRow* row = property_row(identifier);
    if (row == nullptr || !skip_value(cursor, row->type)) return false;
  }
  return false;
}

}  // namespace

bool UserPropertyCursor::next(UserProperty& property) {
  ByteCursor cursor(left_);
  const bool found = find_next(cursor, kUserProperty) && cursor.take_binary(property.name) &&
                     cursor.take_binary(property.value);
  left_ = found ? cursor.left() : std::string_view{};
  return found;
}

bool SubscriptionIdentifierCursor::next(std::uint32_t& identifier) {
  ByteCursor cursor(left_);
  bool shortest = true;
  const bool found =
      find_next(cursor, kSubscriptionIdentifier) && cursor.take_varint(identifier, shortest);
  left_ = found ? cursor.left() : std::string_view{};
  return found;
}

bool BodyReader::read_properties(Places place, Properties& properties) {
  if (!is_v5()) return true;
  std::uint32_t length = 0;
  bool shortest = true;
  std::string_view section;
  if (!body_.take_varint(length, shortest)) return malformed("the property length is broken");
  if (!shortest) return malformed("the property length takes more bytes than it needs");
  if (!body_.take_bytes(length, section)) return malformed("the properties end after the packet");
  if (section.empty()) return true;
  ByteCursor cursor(section);
  std::uint64_t seen = 0;
  while (!cursor.empty())
    if (!read_property(cursor, place, section, seen, properties)) return false;
  return check_properties(place, properties);
}

bool BodyReader::read_property(ByteCursor& cursor, Places place, std::string_view section,
                               std::uint64_t& seen, Properties& properties) {
  std::uint8_t identifier = 0;
  // Identifiers are variable byte integers, all defined ones take a single byte.
  if (!cursor.take_u8(identifier)) return malformed("a property has no identifier");
  const PropertyRow* row = property_row(identifier);
  if (row == nullptr)
    return malformed(fmt::format("no property has the identifier {}", identifier));
  if ((row->places & place) == 0)
    return malformed(
        fmt::format("the property \"{}\" does not belong into this packet", row->name));
  const std::uint64_t bit = std::uint64_t{1} << identifier;
  const bool may_repeat = identifier == kUserProperty || (identifier == kSubscriptionIdentifier &&
                                                          place == in(PacketType::kPublish));
  if ((seen & bit) != 0 && !may_repeat)
    return protocol_error(fmt::format("the property \"{}\" stands there twice", row->name));
  seen |= bit;
  if (identifier == kUserProperty) properties.user_properties = section;
  if (identifier == kSubscriptionIdentifier) properties.subscription_identifiers = section;
  return read_value(cursor, *row, properties);
}

bool BodyReader::read_value(ByteCursor& cursor, const PropertyRow& row, Properties& properties) {
  const auto broken = [&] {
    return malformed(fmt::format("the property \"{}\" has a broken value", row.name));
  };
  std::string_view bytes;
  std::uint32_t number = 0;
  bool shortest = true;
  switch (row.type) {
    case WireType::kU8:
      return cursor.take_u8((properties.*row.u8).emplace()) || broken();
    case WireType::kU16:
      return cursor.take_u16((properties.*row.u16).emplace()) || broken();
    case WireType::kU32:
      return cursor.take_u32((properties.*row.u32).emplace()) || broken();
    case WireType::kBinary:
      return cursor.take_binary((properties.*row.text).emplace()) || broken();
    case WireType::kText: {
      std::string_view& text = (properties.*row.text).emplace();
      return (cursor.take_binary(text) && is_text(text)) || broken();
    }
    case WireType::kVarint:
      if (!cursor.take_varint(number, shortest) || !shortest) return broken();
      return number != 0 || protocol_error("a subscription identifier may not be 0");
    case WireType::kTextPair:
      for (int part = 0; part < 2; ++part)
        if (!cursor.take_binary(bytes) || !is_text(bytes)) return broken();
      return true;
  }
  return broken();
}

bool BodyReader::check_properties(Places place, const Properties& properties) {
  const auto is_flag = [](const std::optional<std::uint8_t>& value) {
    return value.value_or(0) <= 1;
  };
  const Properties& p = properties;
  if (!is_flag(p.payload_format_indicator) || !is_flag(p.request_problem_information) ||
      !is_flag(p.request_response_information) || !is_flag(p.maximum_qos) ||
      !is_flag(p.retain_available) || !is_flag(p.wildcard_subscription_available) ||
      !is_flag(p.subscription_identifiers_available) || !is_flag(p.shared_subscription_available))
    return protocol_error("a property that is 0 or 1 has another value");
  if (p.receive_maximum == 0) return protocol_error("the receive maximum may not be 0");
  if (p.maximum_packet_size_bytes == 0U)
    return protocol_error("the maximum packet size may not be 0");
  if (p.authentication_data && !p.authentication_method)
    return protocol_error("there is authentication data without a method");
  if (p.topic_alias == 0)
    return refuse(ReasonCode::kTopicAliasInvalid, "the topic alias may not be 0");
  if (p.response_topic && !is_topic_name(*p.response_topic))
    return malformed("the response topic is empty or holds a wildcard");
  const bool from_client = sender_ == Sender::kClient;
  if (from_client && place == in(PacketType::kPublish) && !p.subscription_identifiers.empty())
    return protocol_error("a client may not send a subscription identifier in PUBLISH");
  if (place == in(PacketType::kDisconnect) && from_client && p.server_reference)
    return protocol_error("a client may not send a server reference");
  if (place == in(PacketType::kDisconnect) && !from_client && p.session_expiry_interval_seconds)
    return protocol_error("a server may not send a session expiry interval in DISCONNECT");
  return true;
}

}  // namespace mobilake::ingest::mqtt

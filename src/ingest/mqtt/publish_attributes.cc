// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/publish_attributes.h"

#include <cstdint>

#include "ingest/mqtt/inside/byte_cursor.h"
#include "ingest/mqtt/inside/property_writer.h"
#include "ingest/mqtt/inside/wire_encoding.h"

namespace mobilake::ingest::mqtt {
namespace {

constexpr unsigned kQosBits = 0x03;
constexpr unsigned kRetain = 0x04;
constexpr unsigned kDuplicate = 0x08;
constexpr unsigned kKnownBits = kQosBits | kRetain | kDuplicate;

// Those that a receiver of the message is meant to see (table 2-4): format, expiry, content type,
// response topic, correlation data.
constexpr std::uint8_t kKept[] = {0x01, 0x02, 0x03, 0x08, 0x09};

std::uint8_t flags_of(const PublishView& publish) {
  unsigned flags = static_cast<unsigned>(publish.qos);
  if (publish.retain) flags |= kRetain;
  if (publish.duplicate) flags |= kDuplicate;
  return static_cast<std::uint8_t>(flags);
}

bool has_kept_properties(const Properties& properties) {
  return properties.payload_format_indicator || properties.message_expiry_interval_seconds ||
         properties.content_type || properties.response_topic || properties.correlation_data ||
         !properties.user_properties.empty();
}

void append_properties(const Properties& properties, std::string& out) {
  for (const std::uint8_t identifier : kKept)
    put_property(*property_row(identifier), properties, out);
  put_user_properties(properties.user_properties, out);
}

}  // namespace

void append_attributes(const PublishView& publish, std::string_view sender_id, std::string& out) {
  const std::string_view sender = sender_id == publish.vehicle ? std::string_view{} : sender_id;
  const std::uint8_t flags = flags_of(publish);
  const bool more = has_kept_properties(*publish.properties);
  const bool plain = flags == static_cast<std::uint8_t>(Qos::kAtLeastOnce) && sender.empty();
  if (plain && !more) return;
  put_u8(out, flags);
  put_binary(out, sender);
  if (more) append_properties(*publish.properties, out);
}

Result<PublishAttributes> read_attributes(std::string_view bytes) {
  PublishAttributes attributes;
  if (bytes.empty()) return attributes;
  ByteCursor cursor(bytes);
  std::uint8_t flags = 0;
  if (!cursor.take_u8(flags) || !cursor.take_binary(attributes.sender))
    return corrupt("the MQTT attributes of a record end early, after {} bytes", bytes.size());
  if ((flags & ~kKnownBits) != 0 || (flags & kQosBits) == kQosBits)
    return corrupt("the MQTT attributes of a record have unknown flags: {:#04x}", flags);
  attributes.qos = static_cast<Qos>(flags & kQosBits);
  attributes.retain = (flags & kRetain) != 0;
  attributes.duplicate = (flags & kDuplicate) != 0;
  attributes.properties = cursor.left();
  return attributes;
}

}  // namespace mobilake::ingest::mqtt

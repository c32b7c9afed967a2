// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/body_reader.h"
#include "ingest/mqtt/topic.h"

namespace mobilake::ingest::mqtt {
namespace {

// The bits of the connect flags (section 3.1.2.3).
constexpr unsigned kReserved = 0x01;
constexpr unsigned kCleanStart = 0x02;
constexpr unsigned kWill = 0x04;
constexpr unsigned kWillQosShift = 3;
constexpr unsigned kWillRetain = 0x20;
constexpr unsigned kPassword = 0x40;
constexpr unsigned kUserName = 0x80;
constexpr unsigned kWillDetails = 0x38;

}  // namespace

bool BodyReader::read_protocol() {
  std::string_view name;
  std::uint8_t level = 0;
  if (!body_.take_binary(name)) return malformed("it ends within the protocol name");
  if (name != "MQTT") {
    // Clients of MQTT 3.1 understand the old return code.
    if (name == "MQIsdp") version_ = ProtocolVersion::kV311;
    return refuse(ReasonCode::kUnsupportedProtocolVersion, "the protocol name is not \"MQTT\"");
  }
  if (!body_.take_u8(level)) return malformed("it ends before the protocol version");
  version_ = level <= 4 ? ProtocolVersion::kV311 : ProtocolVersion::kV5;
  if (level != 4 && level != 5)
    return refuse(ReasonCode::kUnsupportedProtocolVersion,
                  "only the versions 4 (MQTT 3.1.1) and 5 are spoken here");
  return true;
}

bool BodyReader::read_connect(Connect& connect) {
  std::uint8_t flags = 0;
  if (!read_protocol()) return false;
  connect.version = *version_;
  if (is_v5() && !header_.shortest)
    return malformed("the remaining length takes more bytes than it needs");
  if (!body_.take_u8(flags)) return malformed("it ends before the connect flags");
  if ((flags & kReserved) != 0) return malformed("the reserved connect flag is set");
  if ((flags & kWill) == 0 && (flags & kWillDetails) != 0)
    return malformed("there are will options without a will");
  if ((flags >> kWillQosShift & 3U) == 3U) return malformed("the will's QoS is 3");
  if (!is_v5() && (flags & kPassword) != 0 && (flags & kUserName) == 0)
    return malformed("there is a password without a user name");
  connect.clean_start = (flags & kCleanStart) != 0;
  if (!body_.take_u16(connect.keep_alive_seconds))
    return malformed("it ends within the keep alive");
  if (!read_properties(in(PacketType::kConnect), connect.properties)) return false;
  return read_connect_payload(flags, connect);
}

bool BodyReader::read_connect_payload(std::uint8_t flags, Connect& connect) {
  if (!read_text(connect.client_id)) return false;
  if ((flags & kWill) != 0 && !read_will(flags, connect.will.emplace())) return false;
  if ((flags & kUserName) != 0 && !read_text(connect.user_name.emplace())) return false;
  if ((flags & kPassword) != 0 && !body_.take_binary(connect.password.emplace()))
    return malformed("it ends within the password");
  return true;
}

bool BodyReader::read_will(std::uint8_t flags, Will& will) {
  will.qos = static_cast<Qos>(flags >> kWillQosShift & 3U);
  will.retain = (flags & kWillRetain) != 0;
  if (!read_properties(kInWill, will.properties)) return false;
  if (!body_.take_binary(will.topic)) return malformed("it ends within the will's topic");
  if (!is_topic_name(will.topic))
    return malformed("the will's topic is empty, not UTF-8, or holds U+0000 or a wildcard");
  if (!body_.take_binary(will.payload)) return malformed("it ends within the will's payload");
  return true;
}

}  // namespace mobilake::ingest::mqtt

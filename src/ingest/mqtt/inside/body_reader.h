// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "ingest/mqtt/inside/byte_cursor.h"
#include "ingest/mqtt/inside/property_table.h"
#include "ingest/mqtt/packet_reader.h"
#include "ingest/mqtt/packets.h"

namespace mobilake::ingest::mqtt {

/// Reads what follows the fixed header of one packet. Each function returns false once the packet
/// is refused; the refusal then says why. Thread safety: one thread, one packet.
class BodyReader {
 public:
  BodyReader(const FixedHeader& header, std::string_view body, const ReaderRules& rules)
      : header_(header),
        body_(body),
        sender_(rules.sender),
        version_(rules.version),
        known_topic_(rules.known_topic) {}

  bool read(Packet& packet);
  Refusal& refusal() { return refusal_; }

 private:
  bool is_v5() const { return version_ == ProtocolVersion::kV5; }
  bool refuse(ReasonCode reason, std::string_view why);
  bool malformed(std::string_view why) { return refuse(ReasonCode::kMalformedPacket, why); }
  bool protocol_error(std::string_view why) { return refuse(ReasonCode::kProtocolError, why); }

  bool read_connect(Connect& connect);
  bool read_protocol();
  bool read_connect_payload(std::uint8_t flags, Connect& connect);
  bool read_will(std::uint8_t flags, Will& will);
  bool read_connack(Connack& connack);
  bool read_publish(Publish& publish);
  bool read_acknowledgement(Acknowledgement& acknowledgement);
  bool read_subscribe(Subscribe& subscribe);
  bool read_subscription(Subscription& subscription);
  bool read_suback(Suback& suback);
  bool read_unsubscribe(Unsubscribe& unsubscribe);
  bool read_unsuback(Unsuback& unsuback);
  bool read_disconnect(Disconnect& disconnect);
  bool read_auth(Auth& auth);

  bool read_packet_id(std::uint16_t& packet_id);
  bool read_text(std::string_view& value);
  bool read_filter(std::string_view& filter);
  bool read_reason(ReasonCode& reason);
  bool read_end();

  /// Reads length and properties, where the version has them.
  bool read_properties(Places place, Properties& properties);
  bool read_property(ByteCursor& cursor, Places place, std::string_view section,
                     std::uint64_t& seen, Properties& properties);
  bool read_value(ByteCursor& cursor, const PropertyRow& row, Properties& properties);
  bool check_properties(Places place, const Properties& properties);

  FixedHeader header_;
  ByteCursor body_;
  Sender sender_;
  std::optional<ProtocolVersion> version_;
  std::string_view known_topic_;
  Refusal refusal_;
};

/// Returns whether the standard lets `sender` say `reason` in a packet of `type` (MQTT 5 table
/// 2-6).
bool is_reason_allowed(PacketType type, Sender sender, ReasonCode reason);

}  // namespace mobilake::ingest::mqtt

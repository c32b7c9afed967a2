// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "ingest/mqtt/packets.h"

namespace mobilake::ingest::mqtt {

/// Appends packets of one connection to a buffer in wire form, in its version and within its size.
///
/// A packet that would exceed `packet_size_bytes_max` (what the receiver said in CONNECT) first
/// loses its reason string, then its user properties, as MQTT 5 wants (3.1.2.11.4); a PUBLISH,
/// CONNECT or AUTH keeps all. write() returns false, and appends nothing, where even that is too
/// large. Requires: strings and binary of at most 65,535 bytes, a packet that the standard allows;
/// a reader of the other side takes it. In 3.1.1 what that version lacks is left out, and AUTH is
/// an own mistake. Thread safety: a value.
class PacketWriter {
 public:
  explicit PacketWriter(ProtocolVersion version,
                        std::uint32_t packet_size_bytes_max = kRemainingLengthMax + 5)
      : version_(version), packet_size_bytes_max_(packet_size_bytes_max) {}

  bool write(const Connect& packet, std::string& out) const;
  bool write(const Connack& packet, std::string& out) const;
  bool write(const Publish& packet, std::string& out) const;
  bool write(const Puback& packet, std::string& out) const;
  bool write(const Pubrec& packet, std::string& out) const;
  bool write(const Pubrel& packet, std::string& out) const;
  bool write(const Pubcomp& packet, std::string& out) const;
  bool write(const Subscribe& packet, std::string& out) const;
  bool write(const Suback& packet, std::string& out) const;
  bool write(const Unsubscribe& packet, std::string& out) const;
  bool write(const Unsuback& packet, std::string& out) const;
  bool write(const Pingreq& packet, std::string& out) const;
  bool write(const Pingresp& packet, std::string& out) const;
  bool write(const Disconnect& packet, std::string& out) const;
  bool write(const Auth& packet, std::string& out) const;
  bool write(const Packet& packet, std::string& out) const;

 private:
  /// How much of the properties goes out.
  enum class Extent { kAll, kWithoutReasonString, kWithoutUserProperties };

  template <typename Body>
  bool write_fitting(std::uint8_t first_byte, std::string& out, Body body) const;
  bool frame(std::uint8_t first_byte, std::string_view body, std::string& out) const;
  void put_properties(const Properties& properties, Extent extent, std::string& out) const;
  void put_will(const Will& will, std::string& out) const;
  bool write_acknowledgement(PacketType type, const Acknowledgement& packet,
                             std::string& out) const;
  bool is_v5() const { return version_ == ProtocolVersion::kV5; }

  ProtocolVersion version_;
  std::uint32_t packet_size_bytes_max_;
};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/mqtt/packets.h"

namespace mobilake::ingest::mqtt {

/// What a reader holds packets to.
struct ReaderRules {
  /// Nothing: only CONNECT may come, which says the version. Set: CONNECT may not come again.
  std::optional<ProtocolVersion> version;
  Sender sender = Sender::kClient;
  /// The largest whole packet, fixed header included; a larger one is refused from its header
  /// alone.
  std::uint32_t packet_size_bytes_max = kRemainingLengthMax + 5;
  /// A topic name that was found good before and need not be looked through again.
  std::string_view known_topic = {};
};

/// The first two to five bytes of a packet (section 2.1).
struct FixedHeader {
  PacketType type = PacketType::kConnect;
  std::uint8_t flags = 0;
  std::uint8_t size_bytes = 0;  ///< of the header itself
  bool shortest = true;         ///< the length was written in the fewest bytes
  std::uint32_t remaining_length = 0;
  std::size_t packet_size_bytes() const { return size_bytes + std::size_t{remaining_length}; }
};

/// Why a packet is refused: the code that the specification names, and a sentence for people.
struct Refusal {
  ReasonCode reason = ReasonCode::kSuccess;
  std::string why;
  /// The version that a refused CONNECT was in, as far as known: the form of the CONNACK.
  std::optional<ProtocolVersion> version;
};

struct ReadResult {
  enum class State : std::uint8_t { kNeedMore, kPacket, kMalformed };
  State state = State::kNeedMore;
  /// kPacket: the bytes that it took. kNeedMore: the bytes that it will have, 0 while unknown.
  std::size_t size_bytes = 0;
  Refusal refusal;  ///< kMalformed
};

/// Reads packets of MQTT 3.1.1 and 5 from bytes, and refuses each that breaks a rule of the
/// standard.
///
/// Keeps nothing between calls. Codes: 0x81 for what cannot be parsed, 0x82 for what may not be
/// said, and the special ones where the standard names them (0x84, 0x94, 0x95). Thread safety: a
/// value.
class PacketReader {
 public:
  explicit PacketReader(ReaderRules rules) : rules_(rules) {}

  /// Reads the packet at the front of `bytes` into `packet`, whose views point into `bytes`. A
  /// PUBLISH allocates nothing. Refuses from the fixed header as soon as that is there.
  ReadResult read(std::string_view bytes, Packet& packet) const;

  /// Reads and checks the fixed header only.
  ReadResult read_header(std::string_view bytes, FixedHeader& header) const;

 private:
  ReaderRules rules_;
};

}  // namespace mobilake::ingest::mqtt

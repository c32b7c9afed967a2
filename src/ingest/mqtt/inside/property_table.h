// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ingest/mqtt/packets.h"

/// MQTT 5 table 2-4 as data: reader and writer follow it, so that they cannot disagree.
namespace mobilake::ingest::mqtt {

enum class WireType : std::uint8_t { kU8, kU16, kU32, kText, kBinary, kVarint, kTextPair };

/// Where properties may stand, as bits: one per packet type, and bit 0 for the will within CONNECT.
using Places = std::uint16_t;
inline constexpr Places kInWill = 1;
constexpr Places in(PacketType type) {
  return static_cast<Places>(1U << static_cast<unsigned>(type));
}

/// One property: its identifier, form and places, and the member of Properties that holds it.
/// Exactly one member pointer is set, none for the two that stay encoded.
struct PropertyRow {
  std::uint8_t identifier;
  WireType type;
  Places places;
  std::string_view name;
  std::optional<std::uint8_t> Properties::* u8 = nullptr;
  std::optional<std::uint16_t> Properties::* u16 = nullptr;
  std::optional<std::uint32_t> Properties::* u32 = nullptr;
  std::optional<std::string_view> Properties::* text = nullptr;
};

inline constexpr std::uint8_t kSubscriptionIdentifier = 0x0B;
inline constexpr std::uint8_t kUserProperty = 0x26;
inline constexpr std::uint8_t kTopicAlias = 0x23;
inline constexpr std::uint8_t kResponseTopic = 0x08;
inline constexpr std::uint8_t kIdentifierMax = 0x2A;

/// Returns the row of an identifier, or null where the standard has none.
const PropertyRow* property_row(std::uint8_t identifier);

}  // namespace mobilake::ingest::mqtt

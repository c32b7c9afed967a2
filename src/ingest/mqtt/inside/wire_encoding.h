// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"

/// Appends MQTT's data types (section 1.5) to a buffer.
namespace mobilake::ingest::mqtt {

inline void put_u8(std::string& out, std::uint8_t value) {
  out.push_back(static_cast<char>(value));
}

inline void put_u16(std::string& out, std::uint16_t value) {
  put_u8(out, static_cast<std::uint8_t>(value >> 8U));
  put_u8(out, static_cast<std::uint8_t>(value & 0xFFU));
}

inline void put_u32(std::string& out, std::uint32_t value) {
  put_u16(out, static_cast<std::uint16_t>(value >> 16U));
  put_u16(out, static_cast<std::uint16_t>(value & 0xFFFFU));
}

/// Requires: value <= 268,435,455.
inline void put_varint(std::string& out, std::uint32_t value) {
  MOBILAKE_CHECK(value <= 268'435'455U);
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7FU);
    value >>= 7U;
    put_u8(out, value == 0 ? low : static_cast<std::uint8_t>(low | 0x80U));
  } while (value != 0);
}

/// Requires: at most 65,535 bytes.
inline void put_binary(std::string& out, std::string_view bytes) {
  MOBILAKE_CHECK(bytes.size() <= 0xFFFFU);
  put_u16(out, static_cast<std::uint16_t>(bytes.size()));
  out.append(bytes);
}

}  // namespace mobilake::ingest::mqtt

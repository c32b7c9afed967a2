// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "ingest/mqtt/packet_writer.h"

namespace mobilake::ingest::mqtt {

/// Returns the bytes of `hex`, in which spaces do not count.
inline std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string bytes;
  int high = -1;
  for (const char c : hex) {
    if (c == ' ') continue;
    if (high < 0) {
      high = digit(c);
      continue;
    }
    bytes.push_back(static_cast<char>(high << 4 | digit(c)));
    high = -1;
  }
  return bytes;
}

/// Returns `bytes` in lower-case hexadecimal without spaces.
inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(kDigits[byte >> 4U]);
    hex.push_back(kDigits[byte & 0x0FU]);
  }
  return hex;
}

/// Returns a packet in wire form.
template <typename AnyPacket>
std::string wire(const AnyPacket& packet, ProtocolVersion version) {
  std::string bytes;
  PacketWriter(version).write(packet, bytes);
  return bytes;
}

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace mobilake::ingest::mqtt {

/// Takes MQTT's data types (section 1.5) off the front of bytes; false means: not enough bytes.
/// Thread safety: a value.
class ByteCursor {
 public:
  explicit ByteCursor(std::string_view bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  std::string_view left() const { return left_; }

  bool take_u8(std::uint8_t& value) {
    if (left_.empty()) return false;
    value = byte(0);
    left_.remove_prefix(1);
    return true;
  }

  bool take_u16(std::uint16_t& value) {
    if (left_.size() < 2) return false;
    value = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
    left_.remove_prefix(2);
    return true;
  }

  bool take_u32(std::uint32_t& value) {
    std::uint16_t high = 0;
    std::uint16_t low = 0;
    if (left_.size() < 4 || !take_u16(high) || !take_u16(low)) return false;
    value = static_cast<std::uint32_t>(high) << 16 | low;
    return true;
  }

  /// Takes two bytes of length and as many bytes as they say.
  bool take_binary(std::string_view& value) {
    std::uint16_t size = 0;
    return take_u16(size) && take_bytes(size, value);
  }

  bool take_bytes(std::size_t size, std::string_view& value) {
    if (left_.size() < size) return false;
    value = left_.substr(0, size);
    left_.remove_prefix(size);
    return true;
  }

  /// Takes a variable byte integer; false also where it is longer than four bytes. `shortest` says
  /// whether it was written in the fewest bytes.
  bool take_varint(std::uint32_t& value, bool& shortest) {
    value = 0;
    for (std::size_t i = 0; i < 4 && i < left_.size(); ++i) {
      const std::uint8_t next = byte(i);
      value |= static_cast<std::uint32_t>(next & 0x7FU) << (7 * i);
      if ((next & 0x80U) != 0) continue;
      shortest = i == 0 || next != 0;
      left_.remove_prefix(i + 1);
      return true;
    }
    return false;
  }

 private:
  std::uint8_t byte(std::size_t at) const { return static_cast<std::uint8_t>(left_[at]); }

  std::string_view left_;
};

}  // namespace mobilake::ingest::mqtt

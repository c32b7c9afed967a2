// SPDX-License-Identifier: Apache-2.0
#include "serve/http/results/base64.h"

#include <cstdint>

namespace mobilake::serve {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encoded(std::string_view bytes, std::string_view alphabet, bool pads) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view part = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) {
      if (i <= part.size())
        text.push_back(alphabet[bits >> (18 - 6 * i) & 63]);
      else if (pads)
        text.push_back('=');
    }
  }
  return text;
}

}  // namespace

std::string base64(std::string_view bytes) {
  return encoded(bytes, kStandard, true);
}

std::string base64_url(std::string_view bytes) {
  return encoded(bytes, kUrl, false);
}

std::optional<std::string> read_base64_url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kUrl.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xFF));
  }
  // One way to write each: no digit left over, no stray bits.
  if (base64_url(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace mobilake::serve

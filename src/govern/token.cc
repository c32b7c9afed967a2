// SPDX-License-Identifier: Apache-2.0
#include "govern/token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "store/devices/credential.h"

namespace mobilake::govern {
namespace {

constexpr std::string_view kPrefix = "mbl_live_";
constexpr std::size_t kIdBytes = 10;
constexpr std::size_t kIdLength = 16;
constexpr std::size_t kSecretLength = 32;
constexpr std::size_t kCrcLength = 8;
constexpr std::size_t kLength = kPrefix.size() + kIdLength + 1 + kSecretLength + 1 + kCrcLength;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit)
      value = (value >> 1) ^ ((value & 1) ? 0xEDB88320u : 0u);
    table[byte] = value;
  }
  return table;
}

std::string crc_text(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes)
    crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ (crc >> 8);
  return fmt::format("{:08x}", crc ^ 0xFFFFFFFFu);
}

bool is_base32(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

}  // namespace

TokenText make_token(base::Random& random) {
  TokenText token;
  token.id = store::base32(random.bytes(kIdBytes));
  token.text = fmt::format("{}{}_{}_", kPrefix, token.id, store::make_secret(random));
  token.text += crc_text(token.text);
  return token;
}

std::optional<std::string> parse_token(std::string_view text) {
  if (text.size() != kLength || !text.starts_with(kPrefix)) return std::nullopt;
  const std::string_view id = text.substr(kPrefix.size(), kIdLength);
  const std::string_view secret = text.substr(kPrefix.size() + kIdLength + 1, kSecretLength);
  const bool separated =
      text[kPrefix.size() + kIdLength] == '_' && text[kLength - kCrcLength - 1] == '_';
  if (!separated || !is_base32(id) || !is_base32(secret)) return std::nullopt;
  if (crc_text(text.substr(0, kLength - kCrcLength)) != text.substr(kLength - kCrcLength))
    return std::nullopt;
  return std::string(id);
}

}  // namespace mobilake::govern

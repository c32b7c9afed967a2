// SPDX-License-Identifier: Apache-2.0
#include "store/devices/credential.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>

#include "base/hexadecimal.h"

namespace mobilake::store {
namespace {

constexpr std::size_t kSecretBytes = 20;
constexpr std::size_t kPseudonymBytes = 16;

}  // namespace

std::string base32(std::string_view bytes) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = (held << 8) | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text.push_back(kDigits[(held >> bits) & 31]);
    }
  }
  if (bits > 0) text.push_back(kDigits[(held << (5 - bits)) & 31]);
  return text;
}

std::string make_secret(base::Random& random) {
  return base32(random.bytes(kSecretBytes));
}

std::string make_pseudonym(base::Random& random) {
  return base::hexadecimal(random.bytes(kPseudonymBytes));
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return base::hexadecimal({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace mobilake::store

// SPDX-License-Identifier: Apache-2.0
#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace mobilake::base {
namespace {

// Bit by bit, straight from the definition.
std::uint32_t plain_crc32c(std::string_view bytes) {
  std::uint32_t sum = ~0u;
  for (const char byte : bytes) {
    sum ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit)
      sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0x82f63b78u : 0u);
  }
  return ~sum;
}

TEST(Crc32cTest, GivesTheSumsOfTheRfc) {
  // RFC 3720 appendix B.4.
  std::string rising;
  for (char byte = 0; byte < 32; ++byte)
    rising += byte;
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(rising), 0x46dd794eu);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32cTest, EqualsTheDefinitionAtEveryLength) {
  const std::string bytes = seeded_random(1)->bytes(40000);
  for (const std::size_t size : {1u, 7u, 8u, 9u, 767u, 768u, 769u, 12287u, 12288u, 12289u, 39999u})
    EXPECT_EQ(crc32c(std::string_view(bytes).substr(1, size)),
              plain_crc32c(std::string_view(bytes).substr(1, size)))
        << size;
}

TEST(Crc32cTest, SumOfPartsIsTheSumOfTheWhole) {
  const std::string bytes = seeded_random(2)->bytes(20000);
  const std::string_view whole = bytes;
  for (std::size_t cut = 0; cut <= whole.size(); cut += 997)
    EXPECT_EQ(crc32c(whole.substr(cut), crc32c(whole.substr(0, cut))), crc32c(whole)) << cut;
}

}  // namespace
}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/iceberg/identifiers.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace mobilake::catalog {

std::string new_uuid(Random& random) {
  std::string bytes = random.bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

std::int64_t new_snapshot_id(Random& random) {
  const auto bits = random.next() & std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  return static_cast<std::int64_t>(std::max<std::uint64_t>(bits, 1));
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/iceberg/identifiers.h"

#include <algorithm>
#include <limits>

#include "base/hexadecimal.h"

namespace mobilake::catalog {

std::string new_uuid(Random& random) {
  std::string bytes = random.bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string text = base::hexadecimal(bytes);
  for (const std::size_t place : {8u, 13u, 18u, 23u})
    text.insert(place, 1, '-');
  return text;
}

std::int64_t new_snapshot_id(Random& random) {
  const auto bits = random.next() & std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  return static_cast<std::int64_t>(std::max<std::uint64_t>(bits, 1));
}

}  // namespace mobilake::catalog

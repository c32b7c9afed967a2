// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/message_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mobilake::prepare {

std::uint64_t message_hash(std::int64_t device_time_us, std::string_view payload) {
  const std::uint64_t hash = XXH3_64bits_withSeed(payload.data(), payload.size(),
                                                  static_cast<std::uint64_t>(device_time_us));
  return hash == 0 ? 1 : hash;
}

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/message_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mobilake::prepare {

std::uint64_t message_hash(std::int64_t device_time_us, std::string_view payload) {
  // A seed would cost long payloads the making of a secret each.
  const std::uint64_t words[] = {XXH3_64bits(payload.data(), payload.size()),
                                 static_cast<std::uint64_t>(device_time_us)};
  const std::uint64_t hash = XXH3_64bits(words, sizeof words);
  return hash == 0 ? 1 : hash;
}

}  // namespace mobilake::prepare

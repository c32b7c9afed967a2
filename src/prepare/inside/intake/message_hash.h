// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace mobilake::prepare {

/// Returns 8 bytes of hash of (device time, payload), never 0: the same for all time, since it
/// stands in checkpoints.
std::uint64_t message_hash(std::int64_t device_time_us, std::string_view payload);

}  // namespace mobilake::prepare

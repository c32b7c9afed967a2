// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mobilake::formats {

/// Reads an RFC 3339 time as microseconds since 1970, UTC; digits beyond microseconds are cut off.
/// Returns nothing for what is no such time; leap seconds are none, since no clock here can hold
/// them.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace mobilake::formats

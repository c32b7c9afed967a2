// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mobilake::serve {

/// Returns base64 with padding (RFC 4648 section 4).
std::string base64(std::string_view bytes);

/// Returns base64url without padding (RFC 4648 section 5).
std::string base64_url(std::string_view bytes);

/// Reads what base64_url() writes, or returns nothing.
std::optional<std::string> read_base64_url(std::string_view text);

}  // namespace mobilake::serve

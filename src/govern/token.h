// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace mobilake::govern {

/// A bearer token taken apart: "mbl_live_<id>_<secret>_<crc>".
///
/// `id` is 16 characters of base32 and no secret: it finds the stored token. `secret` is 160 random
/// bits, 32 characters of base32, kept nowhere but as the SHA-256 of the whole text. `crc` is the
/// CRC-32 (IEEE 802.3) of all that stands before it, 8 hexadecimal digits, so that a scanner of
/// leaked secrets can tell a token from noise without asking the server.
struct TokenText {
  std::string id;
  std::string text;
};

/// Makes a new token.
TokenText make_token(base::Random& random);

/// Returns the id of a well-formed token, or nothing.
std::optional<std::string> parse_token(std::string_view text);

}  // namespace mobilake::govern

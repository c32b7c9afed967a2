// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace mobilake::store {

/// Returns `bytes` in base32 (a-z, 2-7; RFC 4648 in lower case, without padding).
std::string base32(std::string_view bytes);

/// Returns a new secret of 160 random bits as 32 characters of base32 (a-z, 2-7; RFC 4648 in lower
/// case). With so many bits a plain SHA-256 is a safe form to keep: there is nothing to guess.
std::string make_secret(base::Random& random);

/// Returns a new random name of 128 bits as 32 hexadecimal digits; no secret, only unguessable.
std::string make_pseudonym(base::Random& random);

/// Returns the SHA-256 of `bytes` as 64 hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// Compares in a time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace mobilake::store

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mobilake::base {

/// Returns whether `bytes` is well-formed UTF-8 (RFC 3629: shortest form, no surrogates, up to
/// U+10FFFF).
bool is_valid_utf8(std::string_view bytes);

}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mobilake::base {

/// Returns two lower-case hexadecimal digits for each byte.
std::string hexadecimal(std::string_view bytes);

}  // namespace mobilake::base

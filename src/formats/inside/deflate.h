// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mobilake::formats {

/// Compresses to raw DEFLATE (RFC 1951), without a zlib head. Fails with: internal.
Result<std::string> deflate_bytes(std::string_view bytes);

/// Decompresses raw DEFLATE. Fails with: corrupt, exhausted (more than `size_max` bytes come out).
Result<std::string> inflate_bytes(std::string_view bytes, std::size_t size_max);

}  // namespace mobilake::formats

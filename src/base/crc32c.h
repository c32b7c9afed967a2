// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace mobilake::base {

/// Returns the CRC32C (Castagnoli; RFC 3720 appendix B.4) of `bytes`.
/// A sum over several parts: give the sum of those before as `so_far`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far = 0);

}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace mobilake::formats {

/// Digits that an int64 holds whatever they are.
constexpr int kDigitsMax = 18;

/// Epoch milliseconds with this many digits behind the point are microseconds.
constexpr int kEpochMillisScale = 3;

enum class DecimalOutcome {
  kExact,
  kRounded,     ///< finer than the scale: rounded half to even
  kTooLarge,    ///< more digits than the precision
  kNotANumber,  ///< not a JSON number (RFC 8259 section 6)
};

struct DecimalNumber {
  DecimalOutcome outcome = DecimalOutcome::kNotANumber;
  std::int64_t scaled = 0;  ///< value times 10^scale
};

/// Reads a JSON number as text, exactly: never through binary floating point.
/// Requires: 0 <= scale <= precision <= 18.
DecimalNumber parse_decimal_text(std::string_view text, int scale, int precision);

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "formats/inside/telemetry/row_scratch.h"
#include "formats/telemetry_decoder.h"

namespace mobilake::formats {

/// Reads a number of an integer or decimal column, times 10^`exponent`, into `slot`; counts in
/// `rounded` where it was finer than the column. Returns why it is refused, or nothing.
std::optional<RefusalCause> read_integer_token(std::string_view token, const ColumnType& type,
                                               int exponent, const SignalBounds& bounds,
                                               SignalSlot& slot, std::uint64_t& rounded);

/// Reads a number of a double column into `slot`. Returns why it is refused, or nothing.
std::optional<RefusalCause> read_double_token(std::string_view token, const SignalBounds& bounds,
                                              SignalSlot& slot);

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/telemetry/number_token.h"

#include <charconv>

#include "formats/inside/decimal_text.h"

namespace mobilake::formats {

std::optional<RefusalCause> read_integer_token(std::string_view token, const ColumnType& type,
                                               int exponent, const SignalBounds& bounds,
                                               SignalSlot& slot, std::uint64_t& rounded) {
  const bool decimal = type.kind == ColumnType::Kind::kDecimal;
  const auto number = parse_decimal_text(token, decimal ? type.scale + exponent : 0,
                                         decimal ? type.precision : kDigitsMax);
  if (number.outcome == DecimalOutcome::kNotANumber) return RefusalCause::kWrongType;
  if (number.outcome == DecimalOutcome::kTooLarge || number.scaled < bounds.integer_min ||
      number.scaled > bounds.integer_max)
    return RefusalCause::kOutOfRange;
  if (number.outcome == DecimalOutcome::kRounded) ++rounded;
  slot.integer = number.scaled;
  return std::nullopt;
}

std::optional<RefusalCause> read_double_token(std::string_view token, const SignalBounds& bounds,
                                              SignalSlot& slot) {
  if (parse_decimal_text(token, 0, kDigitsMax).outcome == DecimalOutcome::kNotANumber)
    return RefusalCause::kWrongType;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), slot.number);
  if (read.ec != std::errc() || slot.number < bounds.number_min || slot.number > bounds.number_max)
    return RefusalCause::kOutOfRange;
  return std::nullopt;
}

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/decimal_text.h"

#include <algorithm>
#include <array>

namespace mobilake::formats {
namespace {

constexpr int kExponentMax = 10'000;

constexpr auto kPowersOfTen = [] {
  std::array<std::int64_t, kDigitsMax + 1> powers{};
  std::int64_t power = 1;
  for (auto& entry : powers) {
    entry = power;
    if (&entry != &powers.back()) power *= 10;
  }
  return powers;
}();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// What a walk over the text gathers: significant digits and where the point is among them.
struct Digits {
  std::int64_t value = 0;  // of the first kDigitsMax significant digits
  int point_shift = 0;     // value has to be multiplied by 10^point_shift
  int dropped = 0;         // significant digits beyond kDigitsMax
  char first_dropped = '0';
  bool rest_dropped = false;  // a digit after first_dropped is not zero

  void add(char digit) {
    if (dropped == 0 && value < kPowersOfTen[kDigitsMax - 1]) {
      value = value * 10 + (digit - '0');
      return;
    }
    if (dropped++ == 0)
      first_dropped = digit;
    else
      rest_dropped |= digit != '0';
  }
};

/// Reads an exponent ("e-3") into `exponent`; returns whether it is well-formed.
bool read_exponent(std::string_view text, int& exponent) {
  std::size_t i = 1;
  const bool negative = i < text.size() && text[i] == '-';
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  if (i == text.size()) return false;
  for (; i < text.size(); ++i) {
    if (!is_digit(text[i])) return false;
    if (exponent < kExponentMax) exponent = exponent * 10 + (text[i] - '0');
  }
  if (negative) exponent = -exponent;
  return true;
}

/// Reads a number without an exponent and so short that no digit is dropped, as nearly all are.
/// Returns false where it is none.
bool read_plain(std::string_view text, Digits& digits) {
  if (text.size() > kDigitsMax) return false;
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* point = nullptr;
  std::int64_t value = 0;
  for (; at != end; ++at) {
    if (is_digit(*at)) {
      value = value * 10 + (*at - '0');
    } else {
      if (*at != '.' || point != nullptr) return false;
      point = at;
    }
  }
  // "1." and ".1" are none, nor is "01".
  const char* const whole_end = point == nullptr ? end : point;
  if (whole_end == text.data() || point == end - 1) return false;
  if (text[0] == '0' && whole_end - text.data() > 1) return false;
  digits.value = value;
  digits.point_shift = point == nullptr ? 0 : static_cast<int>(point + 1 - end);
  return true;
}

/// Reads an unsigned JSON number; returns whether it is well-formed.
bool read_digits(std::string_view text, Digits& digits) {
  if (read_plain(text, digits)) return true;
  std::size_t i = 0;
  if (text.empty() || !is_digit(text[0])) return false;
  if (text[0] == '0' && text.size() > 1 && is_digit(text[1])) return false;
  for (; i < text.size() && is_digit(text[i]); ++i)
    digits.add(text[i]);
  int exponent = 0;
  if (i < text.size() && text[i] == '.') {
    const std::size_t begin = ++i;
    for (; i < text.size() && is_digit(text[i]); ++i)
      digits.add(text[i]);
    if (i == begin) return false;
    exponent = -static_cast<int>(std::min<std::size_t>(i - begin, kExponentMax));
  }
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return false;
    int written = 0;
    if (!read_exponent(text.substr(i), written)) return false;
    exponent += written;
  }
  digits.point_shift = exponent + digits.dropped;
  return true;
}

/// Divides by 10^places (1 or more), half to even.
DecimalNumber divide_rounding(const Digits& digits, int places) {
  // Beyond all digits there is nothing left, nor half of anything.
  if (places > kDigitsMax)
    return {digits.value == 0 ? DecimalOutcome::kExact : DecimalOutcome::kRounded, 0};
  const std::int64_t unit = kPowersOfTen[static_cast<std::size_t>(places)];
  std::int64_t quotient = digits.value / unit;
  const std::int64_t rest = digits.value % unit;
  const bool more = digits.dropped > 0 && (digits.first_dropped != '0' || digits.rest_dropped);
  if (rest == 0 && !more) return {DecimalOutcome::kExact, quotient};
  const std::int64_t half = unit / 2;
  if (rest > half || (rest == half && (more || quotient % 2 != 0))) ++quotient;
  return {DecimalOutcome::kRounded, quotient};
}

/// Rounds what was dropped behind 18 digits that stand as they are.
DecimalNumber round_dropped(const Digits& digits) {
  const bool half = digits.first_dropped == '5' && !digits.rest_dropped;
  const bool up = half ? digits.value % 2 != 0 : digits.first_dropped >= '5';
  const bool exact = digits.first_dropped == '0' && !digits.rest_dropped;
  return {exact ? DecimalOutcome::kExact : DecimalOutcome::kRounded, digits.value + (up ? 1 : 0)};
}

DecimalNumber scale_digits(const Digits& digits, int scale) {
  const int shift = digits.point_shift + scale;
  if (shift < 0) return divide_rounding(digits, -shift);
  if (digits.value == 0) return {DecimalOutcome::kExact, 0};
  if (shift == 0 && digits.dropped > 0) return round_dropped(digits);
  if (shift > kDigitsMax || digits.dropped > 0) return {DecimalOutcome::kTooLarge, 0};
  DecimalNumber number{DecimalOutcome::kExact, 0};
  const std::int64_t factor = kPowersOfTen[static_cast<std::size_t>(shift)];
  if (__builtin_mul_overflow(digits.value, factor, &number.scaled))
    return {DecimalOutcome::kTooLarge, 0};
  return number;
}

}  // namespace

DecimalNumber parse_decimal_text(std::string_view text, int scale, int precision) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  Digits digits;
  if (!read_digits(text, digits)) return {};
  DecimalNumber number = scale_digits(digits, scale);
  if (number.outcome == DecimalOutcome::kTooLarge) return number;
  // 10^18 does not fit the table's use below by accident: precision is at most 18.
  if (number.scaled >= kPowersOfTen[static_cast<std::size_t>(precision)])
    return {DecimalOutcome::kTooLarge, 0};
  if (negative) number.scaled = -number.scaled;
  return number;
}

}  // namespace mobilake::formats

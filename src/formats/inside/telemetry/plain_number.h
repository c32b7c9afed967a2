// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace mobilake::formats {

static_assert(std::endian::native == std::endian::little);

/// Up to eight bytes from `at`, the first one lowest; behind `end` there are zeros.
/// Requires: at < end, and eight bytes before `end` that may be read.
inline std::uint64_t eight_bytes(const char* at, const char* end) {
  std::uint64_t word;
  if (end - at >= 8) {
    std::memcpy(&word, at, 8);
    return word;
  }
  std::memcpy(&word, end - 8, 8);
  return word >> (64 - 8 * (end - at));
}

/// A run of digits at the front of a text.
struct DigitRun {
  int count = 0;  ///< 0 to 8
  std::int64_t value = 0;
};

/// Reads up to eight digits at once. Requires: as eight_bytes().
inline DigitRun read_digit_run(const char* at, const char* end) {
  const std::uint64_t digits = eight_bytes(at, end) ^ 0x3030303030303030;
  // A byte that is no digit gets its high bit; what it carries spoils only the bytes behind it.
  const std::uint64_t others = ((digits + 0x7676767676767676) | digits) & 0x8080808080808080;
  const int count = others == 0 ? 8 : std::countr_zero(others) / 8;
  if (count == 0) return {};
  // Pairs, then fours, then all eight; zeros stand before a shorter run.
  std::uint64_t value = digits << (64 - 8 * count);
  value = value * 10 + (value >> 8);
  value = ((value & 0x000000ff000000ff) * 0x000f424000000064 +
           ((value >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
          32;
  return {count, static_cast<std::int64_t>(value)};
}

/// An unsigned JSON number without an exponent, with at most eight digits on each side of the
/// point.
struct PlainNumber {
  const char* end = nullptr;  ///< behind its last digit; null where it is not such a number
  int places = 0;             ///< digits behind the point
  std::int64_t value = 0;     ///< times 10^places
};

constexpr std::int64_t kPlainPowers[] = {1,       10,        100,        1'000,      10'000,
                                         100'000, 1'000'000, 10'000'000, 100'000'000};

/// Requires: as eight_bytes(), and that the byte before `end` is no digit.
inline PlainNumber read_plain_number(const char* at, const char* end) {
  const DigitRun whole = read_digit_run(at, end);
  if (whole.count == 0 || (*at == '0' && whole.count > 1)) return {};
  at += whole.count;
  if (*at != '.') return {at, 0, whole.value};
  ++at;
  if (at == end) return {};
  const DigitRun part = read_digit_run(at, end);
  if (part.count == 0) return {};
  return {at + part.count, part.count, whole.value * kPlainPowers[part.count] + part.value};
}

}  // namespace mobilake::formats

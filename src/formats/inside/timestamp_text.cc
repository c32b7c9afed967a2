// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/timestamp_text.h"

#include <chrono>

namespace mobilake::formats {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

/// Takes numbers and signs from the front of a text; `good` turns false at the first that is
/// missing.
struct Taker {
  std::string_view text;
  bool good = true;

  int number(std::size_t digits) {
    int value = 0;
    if (text.size() < digits) good = false;
    for (std::size_t i = 0; good && i < digits; ++i) {
      if (text[i] < '0' || text[i] > '9') good = false;
      value = value * 10 + (text[i] - '0');
    }
    if (good) text.remove_prefix(digits);
    return value;
  }

  bool take(char wanted) {
    if (!good || text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
  }

  void expect(char wanted) { good = take(wanted) && good; }
};

/// Takes ".123456789" as microseconds; nothing there is zero.
std::int64_t take_fraction(Taker& taker) {
  if (!taker.take('.')) return 0;
  std::int64_t micros = 0;
  std::int64_t unit = kMicrosPerSecond;
  std::size_t digits = 0;
  while (!taker.text.empty() && taker.text.front() >= '0' && taker.text.front() <= '9') {
    unit /= 10;
    micros += unit * (taker.text.front() - '0');
    taker.text.remove_prefix(1);
    ++digits;
  }
  if (digits == 0) taker.good = false;
  return micros;
}

/// Takes "Z" or "+hh:mm" as seconds ahead of UTC.
int take_zone(Taker& taker) {
  if (taker.take('Z') || taker.take('z')) return 0;
  const bool behind = taker.take('-');
  if (!behind) taker.expect('+');
  const int hours = taker.number(2);
  taker.expect(':');
  const int minutes = taker.number(2);
  if (hours > 23 || minutes > 59) taker.good = false;
  const int seconds = (hours * 60 + minutes) * 60;
  return behind ? -seconds : seconds;
}

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  Taker taker{text};
  const int year = taker.number(4);
  taker.expect('-');
  const int month = taker.number(2);
  taker.expect('-');
  const int day = taker.number(2);
  if (!taker.take('T')) taker.expect('t');
  const int hour = taker.number(2);
  taker.expect(':');
  const int minute = taker.number(2);
  taker.expect(':');
  const int second = taker.number(2);
  const std::int64_t fraction = take_fraction(taker);
  const int zone = take_zone(taker);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!taker.good || !taker.text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - zone;
  return seconds * kMicrosPerSecond + fraction;
}

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "serve/http/results/time_text.h"

#include <fmt/format.h>

#include <limits>

namespace mobilake::serve {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

struct Divided {
  std::int64_t whole;
  std::int64_t rest;  ///< 0 or more
};

Divided floor_divide(std::int64_t value, std::int64_t by) {
  Divided divided{value / by, value % by};
  if (divided.rest < 0) {
    divided.rest += by;
    --divided.whole;
  }
  return divided;
}

std::string fraction_text(std::int64_t nanos) {
  if (nanos % 1'000'000 == 0) return fmt::format(".{:03}", nanos / 1'000'000);
  if (nanos % 1'000 == 0) return fmt::format(".{:06}", nanos / 1'000);
  return fmt::format(".{:09}", nanos);
}

std::string clock_text(std::int64_t seconds, std::int64_t nanos) {
  return fmt::format("{:02}:{:02}:{:02}{}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                     fraction_text(nanos));
}

// Returns "6" or "6.5" with the sign of the whole.
std::string seconds_text(std::int64_t seconds, std::int64_t nanos) {
  const bool negative = seconds < 0 || nanos < 0;
  std::string text = fmt::format("{}{}", negative ? "-" : "", negative ? -seconds : seconds);
  if (nanos == 0) return text;
  text += fmt::format(".{:09}", negative ? -nanos : nanos);
  while (text.back() == '0')
    text.pop_back();
  return text;
}

}  // namespace

std::string rfc3339(Timestamp time) {
  return timestamp_text(time.time_since_epoch().count(), 1'000'000);
}

std::string timestamp_text(std::int64_t units, std::int64_t per_second) {
  // The engine's words for the two ends of time.
  if (units == std::numeric_limits<std::int64_t>::max()) return "infinity";
  if (units == -std::numeric_limits<std::int64_t>::max()) return "-infinity";
  const Divided seconds = floor_divide(units, per_second);
  const Divided days = floor_divide(seconds.whole, kSecondsPerDay);
  return fmt::format("{}T{}Z", date_text(days.whole),
                     clock_text(days.rest, seconds.rest * (kNanosPerSecond / per_second)));
}

// Civil from days, proleptic Gregorian, by eras of 400 years that begin on the first of March.
std::string date_text(std::int64_t days) {
  if (days == std::numeric_limits<std::int32_t>::max()) return "infinity";
  if (days == -std::numeric_limits<std::int32_t>::max()) return "-infinity";
  const Divided era = floor_divide(days + 719'468, 146'097);
  const std::int64_t day_of_era = era.rest;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::int64_t year = year_of_era + era.whole * 400 + (month <= 2 ? 1 : 0);
  if (year < 0 || year > 9999) return fmt::format("{:+05}-{:02}-{:02}", year, month, day);
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

std::string time_of_day_text(std::int64_t units, std::int64_t per_second) {
  const Divided seconds = floor_divide(units, per_second);
  return clock_text(seconds.whole, seconds.rest * (kNanosPerSecond / per_second));
}

std::string interval_text(std::int64_t months, std::int64_t days, std::int64_t nanoseconds) {
  std::string text = "P";
  if (months / 12 != 0) text += fmt::format("{}Y", months / 12);
  if (months % 12 != 0) text += fmt::format("{}M", months % 12);
  if (days != 0) text += fmt::format("{}D", days);
  const std::int64_t seconds = nanoseconds / kNanosPerSecond;
  std::string time;
  if (seconds / 3600 != 0) time += fmt::format("{}H", seconds / 3600);
  if (seconds / 60 % 60 != 0) time += fmt::format("{}M", seconds / 60 % 60);
  const std::int64_t rest = nanoseconds % kNanosPerSecond;
  if (seconds % 60 != 0 || rest != 0) time += seconds_text(seconds % 60, rest) + "S";
  if (!time.empty()) text += "T" + time;
  return text == "P" ? "PT0S" : text;
}

std::string duration_text(std::int64_t units, std::int64_t per_second) {
  const std::int64_t nanos = units % per_second * (kNanosPerSecond / per_second);
  return fmt::format("PT{}S", seconds_text(units / per_second, nanos));
}

}  // namespace mobilake::serve

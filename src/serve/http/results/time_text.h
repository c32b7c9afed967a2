// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace mobilake::serve {

/// Returns "2026-03-02T08:00:00.000Z" (RFC 3339, UTC): 3 digits after the second, 6 or 9 where the
/// time has more. A year outside of 0 to 9999 gets a sign, as ISO 8601 does.
std::string rfc3339(Timestamp time);

/// As rfc3339(), of `units` since 1970, `per_second` of them a second (1, 1'000, ... 1e9).
std::string timestamp_text(std::int64_t units, std::int64_t per_second);

/// Returns "2026-03-02", of days since 1970.
std::string date_text(std::int64_t days);

/// Returns "08:00:00.000", of `units` since midnight.
std::string time_of_day_text(std::int64_t units, std::int64_t per_second);

/// Returns the ISO 8601 duration, "P1Y2M3DT4H5M6.5S" or "PT0S"; parts may be negative.
std::string interval_text(std::int64_t months, std::int64_t days, std::int64_t nanoseconds);

/// Returns the ISO 8601 duration of `units` alone, "PT90.5S".
std::string duration_text(std::int64_t units, std::int64_t per_second);

}  // namespace mobilake::serve

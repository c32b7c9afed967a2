// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "formats/telemetry_decoder.h"

namespace mobilake::formats {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, kRefusalCauseCount> kNames{
    "bad-timestamp",  "empty-payload",   "out-of-range",    "no-vehicle",
    "truncated-json", "bad-json",        "unknown-vehicle", "vehicle-not-topic",
    "wrong-type",     "repeated-member", "clock-ahead",     "clock-behind"};

}  // namespace

std::string_view cause_name(RefusalCause cause) {
  return kNames[static_cast<std::size_t>(cause)];
}

std::optional<RefusalCause> cause_of_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<RefusalCause>(i);
  return std::nullopt;
}

}  // namespace mobilake::formats

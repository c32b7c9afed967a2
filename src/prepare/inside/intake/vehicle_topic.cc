// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/vehicle_topic.h"

namespace mobilake::prepare {
namespace {

constexpr std::string_view kBegin = "vehicles/";
constexpr std::string_view kEnd = "/telemetry";

}  // namespace

std::optional<std::string_view> telemetry_vehicle(std::string_view topic) {
  if (!topic.starts_with(kBegin) || !topic.ends_with(kEnd)) return std::nullopt;
  if (topic.size() <= kBegin.size() + kEnd.size()) return std::nullopt;
  topic.remove_prefix(kBegin.size());
  topic.remove_suffix(kEnd.size());
  if (topic.find('/') != std::string_view::npos) return std::nullopt;
  return topic;
}

}  // namespace mobilake::prepare

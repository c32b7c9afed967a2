// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace mobilake::prepare {

/// Returns the vehicle of a topic "vehicles/{vehicle}/telemetry", or nothing for any other topic.
std::optional<std::string_view> telemetry_vehicle(std::string_view topic);

}  // namespace mobilake::prepare

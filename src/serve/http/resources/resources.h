// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "serve/http/inside/door_state.h"
#include "serve/http/inside/operation.h"

namespace mobilake::serve {

/// The operations of one noun each; `state` outlives them.
std::vector<Operation> account_operations(DoorState& state);
std::vector<Operation> user_operations(DoorState& state);
std::vector<Operation> device_operations(DoorState& state);
std::vector<Operation> table_operations(DoorState& state);
std::vector<Operation> query_operations(DoorState& state);
std::vector<Operation> log_operations(DoorState& state);
std::vector<Operation> status_operations(DoorState& state);  ///< status and backup
std::vector<Operation> probe_operations(DoorState& state);   ///< health, metrics, OpenAPI

}  // namespace mobilake::serve

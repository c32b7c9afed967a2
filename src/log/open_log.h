// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/doors.h"
#include "base/logging.h"
#include "base/result.h"
#include "log/log.h"
#include "log/log_config.h"

namespace mobilake::log {

/// Opens the log in `folder`, which is made where it is missing: recovers and seals what an earlier
/// process left, then starts the writers. One process at a time may have a folder open.
/// Fails with: invalid (config), unsupported (a newer format), corrupt (the folder's identity
/// file), exhausted (no space for the first segments), unavailable (disk).
Result<std::unique_ptr<Log>> open_log(const std::string& folder, const LogConfig& config,
                                      Doors doors, Logger logger = {});

}  // namespace mobilake::log

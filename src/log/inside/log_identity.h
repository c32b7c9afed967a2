// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/disk.h"
#include "base/result.h"

namespace mobilake::log {

/// Returns how many partitions the log in `folder` was made with; nothing where there is no log.
/// Fails with: unsupported (a newer format), corrupt (the identity file), unavailable (disk).
Result<std::optional<std::uint16_t>> read_identity(const std::string& folder, Disk& disk);

/// Writes the identity of a new log, durably. Fails with: exhausted, unavailable.
Result<> write_identity(const std::string& folder, std::uint16_t partition_count, Disk& disk);

}  // namespace mobilake::log

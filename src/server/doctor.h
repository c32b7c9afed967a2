// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/doors.h"
#include "base/result.h"

namespace mobilake::server {

/// Looks at a data folder that no server holds: its format, free space, every frame of the log, and
/// that each table's metadata is there. Changes nothing. Returns the JSON that `mobilake doctor`
/// shows: {"checks":[{"name","ok","detail"}]}; what is wrong is a check, not an error.
/// Fails with: not_found (no data folder), conflict (a server holds it), denied.
Result<std::string> examine_data_folder(const std::string& data_dir, Doors doors);

}  // namespace mobilake::server

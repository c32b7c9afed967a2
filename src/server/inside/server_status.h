// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "serve/http/http_door.h"
#include "server/server_parts.h"

namespace mobilake::server {

/// Returns how the parts are doing.
serve::ServerStatus server_status(ServerParts& parts);

/// Fails with: unavailable, with the reason, while the server cannot take or derive data.
Result<> server_ready(ServerParts& parts);

}  // namespace mobilake::server

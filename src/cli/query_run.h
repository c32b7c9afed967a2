// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "cli/session.h"

namespace mobilake::cli {

/// Runs one statement, waits for it, and prints its result in the form of -o (table by default).
/// Ctrl-C cancels it on the server. An error that knows its place is shown under the statement.
Result<> run_query(Session& session, ApiClient& api, const std::string& sql);

}  // namespace mobilake::cli

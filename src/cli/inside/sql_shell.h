// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "cli/session.h"

namespace mobilake::cli {

/// Reads statements from the terminal, with history and completion, or from a pipe, until the end
/// or \q. A statement that fails is shown and the shell goes on; from a pipe it ends with that
/// error.
Result<> run_sql_shell(Session& session, ApiClient& api);

}  // namespace mobilake::cli

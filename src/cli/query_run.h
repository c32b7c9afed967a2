// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/session.h"

namespace mobilake::cli {

/// Runs one statement, waits for it, and prints its result in the form of -o (table by default).
/// Ctrl-C cancels it on the server. An error that knows its place is shown under the statement.
Result<> run_query(Session& session, ApiClient& api, const std::string& sql);

/// Returns the line of `sql` that holds character `position` (from 1), and below it a mark.
std::string point_at(std::string_view sql, std::size_t position);

/// Returns whether `text` ends a statement: its last character outside of quotes and comments is
/// ';'.
bool is_complete_statement(std::string_view text);

}  // namespace mobilake::cli

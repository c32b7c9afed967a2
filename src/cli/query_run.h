// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/session.h"

namespace mobilake::cli {

/// Runs one statement, waits for it, and prints its result in the form of -o (table by default).
/// Ctrl-C cancels it on the server. An error that knows its place is shown under the statement.
Result<> run_query(Session& session, ApiClient& api, const std::string& sql);

/// Returns the line of `sql` that holds character `position` (from 1), and below it a mark.
std::string point_at(std::string_view sql, std::size_t position);

/// A text of SQL as its statements, and what comes behind the last ';'.
struct SplitSql {
  std::vector<std::string> statements{};  ///< each with its ';'
  std::string rest{};                     ///< empty where only blanks and comments are left
  char open_quote = 0;                    ///< ' or " where the rest is within one
};

/// Cuts at each ';' outside of quotes and comments.
SplitSql split_statements(std::string_view text);

}  // namespace mobilake::cli

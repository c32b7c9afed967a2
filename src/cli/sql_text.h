// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mobilake::cli {

/// Returns the line of `sql` that holds character `position` (from 1), and below it a mark. Of a
/// long line it is the part around the mark.
std::string point_at(std::string_view sql, std::size_t position);

/// A text of SQL as its statements, and what comes behind the last ';'.
struct SplitSql {
  std::vector<std::string> statements{};  ///< each with its ';', without blanks before it
  std::string rest{};                     ///< empty where only blanks and whole comments are left
  char open = 0;  ///< what the rest is within: ', ", $ (a quoted text) or * (a comment)
};

/// Cuts at each ';' outside of quotes and comments, as the engine does: comments nest, E'' takes
/// \', and $tag$ quotes whatever comes before the next $tag$.
SplitSql split_statements(std::string_view text);

}  // namespace mobilake::cli

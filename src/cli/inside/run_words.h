// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

namespace mobilake::cli {

/// Parses the words after "mobilake", runs the verb and returns the exit code; what
/// run_command_line() does with the process's own streams, and tests with theirs.
int run_words(const std::vector<std::string>& words, Session& session);

}  // namespace mobilake::cli

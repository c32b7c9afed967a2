// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mobilake::server {

/// `mobilake serve`: runs a server until SIGTERM or SIGINT. `words` are those behind "serve".
/// Prints the line `ready {endpoints}` on stdout when every door is open, errors on stderr.
/// Returns the process's exit code: 0 after an orderly stop. Requires: no other thread runs yet.
int run_server(const std::vector<std::string>& words, const std::string& program_version);

/// Serves as a SQL worker until its statement is done: what `mobilake engine-worker` does, which
/// only the server starts. Returns the process's exit code.
int run_engine_worker();

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mobilake::server {

/// Serves as a SQL worker until its statement is done: what `mobilake engine-worker` does, which
/// only the server starts. Returns the process's exit code.
int run_engine_worker();

}  // namespace mobilake::server

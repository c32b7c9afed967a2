// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/logging.h"
#include "base/result.h"
#include "engine/sql/sql_engine.h"
#include "engine/sql/sql_engine_config.h"

namespace mobilake::engine {

/// Opens the engine: DuckDB in worker processes. Starts the waiting workers in the background.
Result<std::unique_ptr<SqlEngine>> open_sql_engine(const SqlEngineConfig& config, Logger logger);

/// Descriptor under which a worker finds its end of the channel.
constexpr int kWorkerChannel = 3;

/// The worker's main: serves one session on kWorkerChannel, then returns the process's exit code.
/// Exits at once when the other end is closed.
int run_sql_worker();

}  // namespace mobilake::engine

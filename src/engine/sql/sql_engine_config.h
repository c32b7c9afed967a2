// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"

namespace mobilake::engine {

/// How SQL workers are made and bounded.
struct SqlEngineConfig {
  std::uint64_t workers_max = 4;      ///< statements at once
  std::uint64_t workers_waiting = 1;  ///< started ahead, so that a statement need not wait for one
  std::chrono::milliseconds wait_max{5'000};  ///< that a statement waits for its turn
  std::uint64_t threads = 2;                  ///< of one worker
  base::SizeBytes memory{1ULL << 30};         ///< of one worker

  /// The program that becomes a worker, with its first words; see run_sql_worker(). Not
  /// configurable.
  std::vector<std::string> command{"/proc/self/exe", "engine-worker"};

  base::ConfigSection section() {
    return {"engine",
            "SQL workers.",
            {{"workers_max", &workers_max, "statements that may run at once", 1, 256},
             {"workers_waiting", &workers_waiting, "workers started ahead of need", 0, 64},
             {"wait_max", &wait_max, "how long a statement waits for its turn", 0, 600'000},
             {"threads", &threads, "threads of one worker", 1, 256},
             {"memory", &memory, "memory of one worker", 64 << 20, 1e15}}};
  }
};

}  // namespace mobilake::engine

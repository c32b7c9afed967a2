// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "base/config.h"

namespace mobilake::query {

struct QueryConfig {
  base::SizeBytes result_buffer{64ULL << 20};    ///< of one result that nobody reads yet
  base::SizeBytes results_memory{256ULL << 20};  ///< of all results together
  std::chrono::milliseconds time_max{600'000};   ///< no statement runs longer
  std::chrono::milliseconds kept_for{300'000};   ///< a result nobody fetches is dropped after that
  std::uint64_t kept_max = 1000;                 ///< results known at once
  std::uint64_t files_max = 20'000;              ///< of one statement

  base::ConfigSection section() {
    return {"query",
            "Queries and their results.",
            {{"result_buffer", &result_buffer, "memory for one result that is not fetched yet",
              1 << 20, 1e12},
             {"results_memory", &results_memory,
              "memory for all results; beyond it the ended one that rested longest is dropped",
              1 << 20, 1e13},
             {"time_max", &time_max, "longest time of one statement", 100, 86'400'000},
             {"kept_for", &kept_for, "how long a result waits to be fetched", 1000, 86'400'000},
             {"kept_max", &kept_max, "results known at once", 1, 1e6},
             {"files_max", &files_max, "files that one statement may read", 1, 1e7}}};
  }
};

}  // namespace mobilake::query

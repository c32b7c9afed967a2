// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "base/config.h"

namespace mobilake::serve {

/// Settings of the REST door. All need a restart.
struct HttpDoorConfig {
  base::SizeBytes body_size{1u << 20};                 ///< of one request
  std::chrono::milliseconds request_time_max{10'000};  ///< from a request's first byte to its last
  std::chrono::milliseconds wait_max{10'000};          ///< that ?wait= holds a request back
  // What may block for long, each with a limit. Together fewer than the server's worker threads
  // (HttpServerOptions), so that short requests always find one.
  std::uint64_t starts_max = 16;                ///< statements planned, or waiting for a worker
  std::uint64_t waiters_max = 6;                ///< requests held back at once; more answer at once
  std::uint64_t streams_max = 6;                ///< results of running statements and event streams
  std::uint64_t idempotency_entries = 10'000;   ///< answers kept for Idempotency-Key
  base::SizeBytes idempotency_size{16u << 20};  ///< of all of them
  std::chrono::milliseconds idempotency_time{86'400'000};
  base::SizeBytes log_read_size{64u << 20};  ///< of the log that one look at records may read

  base::ConfigSection section() {
    return {
        "http",
        "The REST door.",
        {{"body_size", &body_size, "largest request body", 1024, 16 << 20},
         {"request_time_max", &request_time_max, "a request must have come whole within this", 100,
          300'000},
         {"wait_max", &wait_max, "longest time that ?wait= holds a request back", 0, 60'000},
         {"starts_max", &starts_max, "statements planned at once", 1, 1000},
         {"waiters_max", &waiters_max, "requests held back by ?wait= at once", 0, 1000},
         {"streams_max", &streams_max, "event streams and unfinished results read at once", 1,
          1000},
         {"idempotency_entries", &idempotency_entries, "answers kept for Idempotency-Key", 0, 1e6},
         {"idempotency_size", &idempotency_size, "memory for these answers", 1 << 16, 1e10},
         {"idempotency_time", &idempotency_time, "how long they are kept", 1000, 6.048e8},
         {"log_read_size", &log_read_size, "bytes of the log that one look at records may read",
          1 << 20, 1e12}}};
  }
};

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "base/config.h"

namespace mobilake::prepare {

/// Settings of the stream tables. All need a restart.
struct PrepareConfig {
  /// A commit comes this long after its first record. One second: a commit costs a few
  /// milliseconds, and who publishes sees the row within about a second.
  std::chrono::milliseconds commit_interval{1000};
  std::uint64_t commit_rows = 250'000;
  base::SizeBytes commit_memory{96ULL << 20};
  base::SizeBytes read_size{1ULL << 20};
  std::uint64_t merge_files = 16;
  base::SizeBytes merge_target{64ULL << 20};
  std::uint64_t merge_rows = 1'000'000;
  std::chrono::milliseconds merge_interval{5'000};
  std::chrono::milliseconds retry_max{2'000};
  /// A message sent again is told apart for this long after the first arrived.
  std::chrono::milliseconds seen_horizon{7LL * 24 * 3'600'000};
  base::SizeBytes seen_memory{256ULL << 20};
  /// A start reads the log again from the last checkpoint of what was seen.
  std::chrono::milliseconds checkpoint_interval{30'000};
  std::uint64_t checkpoint_records = 1'000'000;
  std::chrono::milliseconds clock_ahead_max{600'000};
  std::chrono::milliseconds clock_behind_max{20LL * 365 * 24 * 3'600'000};

  /// Returns the keys of this struct, which must outlive them.
  base::ConfigSection section() {
    return {
        "prepare",
        "Stream tables: from the log to the vehicles' rows.",
        {{"commit_interval", &commit_interval, "a commit comes this long after its first record",
          10, 3'600'000},
         {"commit_rows", &commit_rows, "rows after which a commit does not wait", 1, 1e8},
         {"commit_memory", &commit_memory, "memory of rows after which a commit does not wait",
          64 << 10, 1e11},
         {"read_size", &read_size, "bytes of the log that are read at once", 4 << 10, 1e9},
         {"merge_files", &merge_files, "small files of one day that are merged into one", 2, 1000},
         {"merge_target", &merge_target, "a file of this size is small no more", 64 << 10, 1e11},
         {"merge_rows", &merge_rows, "rows that one merge may hold in memory", 1000, 1e8},
         {"merge_interval", &merge_interval, "how often small files are looked for", 10,
          86'400'000},
         {"retry_max", &retry_max, "longest wait before a failed commit is tried again", 10,
          600'000},
         {"seen_horizon", &seen_horizon,
          "a message sent again is told apart for this long after the first arrived", 60'000,
          3650.0 * 864e5},
         {"seen_memory", &seen_memory, "memory for what was seen of each vehicle", 1 << 20, 1e12},
         {"checkpoint_interval", &checkpoint_interval,
          "how often what was seen is written, so that a start need not read the log again", 100,
          86'400'000},
         {"checkpoint_records", &checkpoint_records, "records after which that does not wait", 1,
          1e9},
         {"clock_ahead_max", &clock_ahead_max,
          "a device clock further ahead of the arrival is quarantined", 1000, 366.0 * 864e5},
         {"clock_behind_max", &clock_behind_max,
          "a device clock further behind the arrival is quarantined", 3'600'000,
          36'500.0 * 864e5}}};
  }
};

}  // namespace mobilake::prepare

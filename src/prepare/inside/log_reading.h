// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "log/log.h"

namespace mobilake::prepare {

/// Reads the data family, and opens its reader anew after an error, where it had come to.
/// Thread safety: one thread reads; stop() from any.
class LogReading {
 public:
  /// Begins at `from`.
  LogReading(log::Log& log, log::Positions from);

  /// Returns the next batches; none when `wait` is over or stop() was called. The views live until
  /// the next call. Fails with: unavailable (disk).
  Result<std::vector<log::ReadBatch>> next(std::size_t bytes_max, std::chrono::milliseconds wait);

  /// Goes to `from`.
  void restart(log::Positions from);

  void stop();

 private:
  struct State {
    std::unique_ptr<log::Reader> reader;
    bool stopped = false;
  };
  Result<log::Reader*> reader();

  log::Log& log_;
  log::Positions from_;
  Guarded<State> state_;
};

}  // namespace mobilake::prepare

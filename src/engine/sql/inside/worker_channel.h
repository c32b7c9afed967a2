// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace mobilake::engine {

/// What a frame between server and worker carries.
enum class FrameKind : char {
  kParse = 'p',  ///< to the worker: JSON array of statements
  kRun = 'r',    ///< to the worker: JSON of a plan with its limits
  kTrees = 'P',  ///< from the worker: JSON array of syntax trees
  kArrow = 'A',  ///< from the worker: a piece of the Arrow IPC stream
  kError = 'E',  ///< from the worker: JSON {code, message}
  kDone = 'D',   ///< from the worker: JSON {rows}; the result is whole
};

struct Frame {
  FrameKind kind = FrameKind::kDone;
  std::string payload;
};

/// Frames over one end of a socket pair: length (4 bytes, little endian, without itself and the
/// kind), kind, payload. Does not own the descriptor. Thread safety: one reader and one writer at a
/// time.
class WorkerChannel {
 public:
  static constexpr std::uint32_t kPayloadMax = 256u << 20;

  explicit WorkerChannel(int descriptor) : descriptor_(descriptor) {}

  /// Fails with: unavailable (the other end is gone).
  Result<> send(FrameKind kind, std::string_view payload);

  /// Waits for a frame until `deadline`. Fails with: timed_out, unavailable (the other end is
  /// gone), corrupt.
  Result<Frame> receive(base::Instant deadline);

 private:
  Result<> read_exactly(char* to, std::size_t size, base::Instant deadline);

  int descriptor_;
};

}  // namespace mobilake::engine

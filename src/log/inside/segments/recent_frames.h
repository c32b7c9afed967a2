// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "log/inside/frames/block_buffer.h"

namespace mobilake::log {

// Shared: the ring and the readers of a frame let it go in any order; the last one gives the buffer
// back.
using FramePointer = std::shared_ptr<const BlockBuffer>;

/// The newest durable frames of a family in memory, so that a reader that keeps up reads nothing
/// back from the disk.
///
/// A frame goes when each of the readers that were there at its coming took it, or when newer ones
/// need the room: then it is read from its file. Thread safety: any thread; outlives its pointers.
class RecentFrames {
 public:
  /// Keeps frames up to `bytes_max` together; 0: none.
  explicit RecentFrames(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Counts a reader in, and out.
  void enter() { state_.lock()->reader_count += 1; }
  void leave() { state_.lock()->reader_count -= 1; }

  /// Keeps a frame that is on disk at `offset` of a segment; returns a buffer for the next one.
  BlockBuffer keep(std::uint64_t segment, std::uint64_t offset, BlockBuffer frame);

  /// Returns the frame that begins at `offset` of a segment, or nothing: then it is in the file
  /// only. Each reader asks for a frame once.
  FramePointer take(std::uint64_t segment, std::uint64_t offset);

  /// Returns the bytes of the frames that are kept.
  std::uint64_t size_bytes() { return state_.lock()->size_bytes; }

 private:
  struct Kept {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    FramePointer frame;
    std::size_t readers_left = 0;
  };
  struct State {
    std::deque<Kept> frames;  // oldest first
    std::uint64_t size_bytes = 0;
    std::size_t reader_count = 0;
  };
  struct Spares {
    std::vector<BlockBuffer> buffers;
    std::uint64_t size_bytes = 0;
  };
  FramePointer share(BlockBuffer frame);
  void put_back(BlockBuffer buffer);
  BlockBuffer take_spare();

  const std::uint64_t bytes_max_;
  Guarded<Spares> spares_;  // outlives the frames, whose buffers come back to it
  Guarded<State> state_;
};

}  // namespace mobilake::log

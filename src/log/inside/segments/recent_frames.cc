// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/recent_frames.h"

#include <algorithm>
#include <utility>

namespace mobilake::log {
namespace {

// What a few turns under load need; more would stay when the load is gone.
constexpr std::uint64_t kSpareBytes = 8 << 20;

}  // namespace

BlockBuffer RecentFrames::keep(std::uint64_t segment, std::uint64_t offset, BlockBuffer frame) {
  const std::uint64_t size = frame.size();
  {
    auto state = state_.lock();
    if (state->reader_count == 0 || size > bytes_max_) return frame;
    while (state->size_bytes + size > bytes_max_) {
      state->size_bytes -= state->frames.front().frame->size();
      state->frames.pop_front();
    }
    state->frames.push_back({segment, offset, share(std::move(frame)), state->reader_count});
    state->size_bytes += size;
  }
  return take_spare();
}

FramePointer RecentFrames::take(std::uint64_t segment, std::uint64_t offset) {
  auto state = state_.lock();
  const auto found = std::find_if(
      state->frames.begin(), state->frames.end(),
      [&](const Kept& kept) { return kept.segment == segment && kept.offset == offset; });
  if (found == state->frames.end()) return nullptr;
  if (--found->readers_left > 0) return found->frame;
  FramePointer frame = std::move(found->frame);
  state->size_bytes -= frame->size();
  state->frames.erase(found);
  return frame;
}

FramePointer RecentFrames::share(BlockBuffer frame) {
  auto owned = std::make_unique<BlockBuffer>(std::move(frame));
  return {owned.release(), [this](BlockBuffer* last) {
            const std::unique_ptr<BlockBuffer> buffer(last);
            put_back(std::move(*buffer));
          }};
}

void RecentFrames::put_back(BlockBuffer buffer) {
  auto spares = spares_.lock();
  if (spares->size_bytes + buffer.capacity() > kSpareBytes) return;
  spares->size_bytes += buffer.capacity();
  spares->buffers.push_back(std::move(buffer));
}

BlockBuffer RecentFrames::take_spare() {
  auto spares = spares_.lock();
  if (spares->buffers.empty()) return {};
  BlockBuffer spare = std::move(spares->buffers.back());
  spares->buffers.pop_back();
  spares->size_bytes -= spare.capacity();
  return spare;
}

}  // namespace mobilake::log

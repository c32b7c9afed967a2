// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "log/inside/frames/block_buffer.h"
#include "log/inside/frames/segment_format.h"
#include "log/log.h"

namespace mobilake::log {

/// A whole, checked frame: views into the stream's buffer.
struct FrameView {
  std::uint64_t file_offset = 0;
  std::uint64_t frame_end = 0;  ///< where the next frame begins
  std::uint32_t number = 0;
  std::string_view payload;
  std::optional<std::uint64_t>
      gap_from;  ///< bytes from here to file_offset are no frame of the segment
};

/// Walks the frames of one segment in file order through a buffer; checks every sum, and goes on
/// behind what is damaged. Readers, recovery and inspection all read through it. Thread safety: one
/// thread at a time.
class FrameStream {
 public:
  /// Begins at `begin`, a block's start. The file must outlive the stream.
  FrameStream(File& file, SegmentIdentity identity, std::uint64_t begin);

  /// Reads on: at least a whole frame or up to `end`, about `bytes` in one call. Earlier views die.
  /// Returns false when the stream already stands at `end`.
  Result<bool> fill(std::uint64_t end, std::size_t bytes);

  /// Returns the next whole frame in the buffer, or nothing: then fill() again.
  std::optional<FrameView> next();

  /// Takes the frame at the position from memory. Requires: `bytes` are what the writer laid out
  /// for it.
  FrameView take(std::string_view bytes);

  /// Goes on at `offset`, a block's start at or behind the position.
  void skip_to(std::uint64_t offset);

  /// Returns the file offset up to which the stream has come.
  std::uint64_t position() const { return position_; }
  /// Returns where the bytes that are no frame begin, when the position lies behind such bytes.
  std::optional<std::uint64_t> open_gap() const { return gap_from_; }
  /// Returns whether the open gap begins with what looks like a damaged frame of this segment.
  bool gap_is_suspicious() const { return gap_suspicious_; }
  const SegmentIdentity& identity() const { return identity_; }

 private:
  std::string_view left() const;
  void skip_block();
  bool is_ours(const FrameHead& head);
  FrameView accept(const FrameHead& head, std::string_view payload);

  File& file_;
  SegmentIdentity identity_;
  BlockBuffer buffer_;
  std::uint64_t buffer_offset_ = 0;  ///< file offset of the buffer's first byte
  std::size_t buffer_size_ = 0;
  std::uint64_t position_;
  std::uint64_t end_ = 0;
  std::size_t wanted_ = 0;  ///< bytes that the frame at the position needs
  std::optional<std::uint64_t> gap_from_;
  bool gap_suspicious_ = false;
};

/// Walks the batches of a frame's payload. `ok()` tells whether it was well formed up to the end.
class BatchWalk {
 public:
  BatchWalk(std::string_view payload, std::uint16_t partition_count)
      : left_(payload), partition_count_(partition_count) {}

  bool next(ReadBatch& batch);
  bool ok() const { return left_.empty(); }

 private:
  std::string_view left_;
  std::uint16_t partition_count_;
};

/// Takes the records below `from` off the batch; returns whether any are left.
bool cut_batch(ReadBatch& batch, Offset from);

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/doors.h"
#include "base/guarded.h"
#include "log/inside/frames/block_buffer.h"
#include "log/inside/segments/recent_frames.h"
#include "log/inside/segments/segment_list.h"
#include "log/inside/segments/segment_pool.h"
#include "log/log.h"

namespace mobilake::log {

/// A batch on its way, and who waits for it.
struct Append {
  RecordBatch batch;
  OnDurable on_durable;
};

/// Turns appends into frames of its own segments: one write past the page cache and one sync each,
/// then the answers.
///
/// A failed write or sync is never tried again and never answered as durable: the writer turns
/// read-only for good. Only the want of a file for the next segment (a full disk, say) passes:
/// nothing was written then. Thread safety: one thread calls; refusal() from any.
class SegmentWriter {
 public:
  struct Options {
    std::string folder;
    Family family = Family::kData;
    std::uint16_t writer = 0;
    std::uint16_t partition_count = 0;
    std::uint64_t segment_bytes = 0;
    std::uint64_t frame_bytes = 0;
  };

  /// `owned` are the writer's partitions with their next offsets.
  SegmentWriter(Options options, Positions owned, SegmentList& list, RecentFrames& recent,
                SegmentPool& pool, Doors doors);

  /// Makes the first segment. Without space for it the writer begins without: each turn tries
  /// again. Fails with: unavailable.
  Result<> start();

  /// Makes the turn durable and answers all of it, in order. Empties `turn`.
  /// Requires: each batch fits a segment and belongs to an owned partition.
  void commit_turn(std::vector<Append>& turn);

  /// Returns whether a segment of this writer has a header on disk. Requires: no turn runs.
  bool has_segment() const { return segment_ != nullptr; }

  /// Returns why the writer is read-only, or nothing.
  std::optional<Error> refusal();

 private:
  Result<> write_frame(std::span<Append> appends);
  Result<> make_room(std::uint64_t frame_bytes);
  Result<> roll(SpareSegment spare);
  void lay_out(std::span<Append> appends, std::uint64_t size);
  Offset count_in(const RecordBatch& batch);
  Result<> fail(Error error);

  const Options options_;
  Positions next_;
  SegmentList& list_;
  RecentFrames& recent_;
  SegmentPool& pool_;
  Doors doors_;

  SegmentPointer segment_;
  std::unique_ptr<File> file_;
  SegmentSummary summary_;
  std::uint64_t end_ = 0;    ///< file offset of the next frame
  std::uint64_t limit_ = 0;  ///< frames may reach up to here

  // The frame in the making, kept for its memory.
  BlockBuffer frame_;
  std::vector<Offset> firsts_;
  DurableFrame durable_;

  Guarded<std::optional<Error>> read_only_;
};

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/disk.h"
#include "log/inside/frames/frame_stream.h"
#include "log/inside/segments/incident_list.h"
#include "log/inside/segments/recent_frames.h"
#include "log/inside/segments/segment_list.h"
#include "log/log.h"

namespace mobilake::log {

/// Reads a family's segments in the order of their numbers; of those still written, each writer's
/// in turn.
///
/// A segment is pinned while it is read. Spans of the index without a wanted partition are skipped.
/// Thread safety: one thread at a time; stop() from any.
class SegmentedReader final : public Reader {
 public:
  /// `from` has an entry for every partition.
  SegmentedReader(Disk& disk, SegmentList& list, RecentFrames& recent, IncidentList& incidents,
                  std::vector<Offset> from);
  ~SegmentedReader() override;

  Result<std::vector<ReadBatch>> next(std::size_t bytes_max,
                                      std::chrono::milliseconds wait) override;
  void stop() override;

 private:
  /// How far one segment is read.
  struct Cursor {
    SegmentPointer segment;  // pins it
    std::unique_ptr<File> file;
    std::optional<FrameStream> stream;
    bool finished = false;
  };

  Result<std::vector<ReadBatch>> read_some(std::size_t bytes_max);
  std::vector<SegmentState> readable();
  Result<std::vector<ReadBatch>> read_segment(const SegmentState& state, std::size_t bytes_max);
  void take_recent(const SegmentState& state, Cursor& cursor, std::size_t bytes_max,
                   std::vector<ReadBatch>& out);
  Result<Cursor*> cursor_of(const SegmentState& state);
  std::uint64_t skip_unwanted(const SegmentSummary& summary, FrameStream& stream) const;
  bool wants_any(const SegmentSummary& summary) const;
  bool wants(const SegmentSummary& summary, const IndexEntry& entry) const;
  void take_frame(const FrameView& frame, const Cursor& cursor, std::vector<ReadBatch>& out);
  void note(const Segment& segment, std::uint64_t offset, std::string what);

  Disk& disk_;
  SegmentList& list_;
  RecentFrames& recent_;
  IncidentList& incidents_;
  std::vector<Offset> from_;
  std::map<std::uint64_t, Cursor> cursors_;
  std::vector<FramePointer> lent_;  ///< what the last batches point into
  std::uint64_t first_unfinished_ = 0;
  std::uint64_t last_served_ = 0;
  std::atomic<bool> stopped_{false};
};

}  // namespace mobilake::log

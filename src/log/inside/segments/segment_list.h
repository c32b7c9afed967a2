// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "log/inside/frames/segment_format.h"
#include "log/log.h"

namespace mobilake::log {

/// What stays the same of a segment file while it is listed.
struct Segment {
  std::uint64_t number = 0;
  std::uint16_t writer = 0;
  bool inherited = false;  ///< written by an earlier process
  std::string path;
  std::string name;  ///< within the log's folder, as incidents name it
  SegmentIdentity identity;
};

// Shared: a reader pins a segment by holding it; one that only the list's retired ones hold is
// recycled.
using SegmentPointer = std::shared_ptr<const Segment>;
// Shared: made when the segment is complete and read ever after without a lock.
using SummaryPointer = std::shared_ptr<const SegmentSummary>;

/// A segment as it stood at one moment.
struct SegmentState {
  SegmentPointer segment;
  std::uint64_t durable_end = 0;  ///< frames up to this file offset may be read
  std::uint64_t size_bytes = 0;
  std::uint64_t frame_count = 0;
  std::uint64_t record_count = 0;
  SummaryPointer summary;  ///< none while frames are still appended
  bool sealed = false;     ///< the footer is on disk
};

/// What a synced frame adds.
struct DurableFrame {
  std::uint64_t frame_end = 0;
  std::uint64_t record_count = 0;
  std::vector<std::pair<PartitionId, Offset>> next;  ///< per batch, the offset after it
};

/// The segments of one family, in the order of their numbers, and how far each is durable.
///
/// Writers publish, readers take snapshots and wait, housekeeping seals and retires.
/// Invariant: per partition, the order of segment numbers is the order of offsets.
/// Thread safety: any thread.
class SegmentList {
 public:
  /// Begins with what recovery found and the next offset of every partition.
  SegmentList(std::vector<SegmentState> segments, std::vector<Offset> next,
              std::uint64_t next_number);

  /// Returns a number above all that were ever given.
  std::uint64_t take_number();

  /// Puts `fresh` into the list and, where there is one, ends `old`, of which no more frames come.
  void roll(const Segment* old, SummaryPointer old_summary, SegmentState fresh);
  /// Makes a synced frame of `segment` visible.
  void publish(const Segment& segment, const DurableFrame& frame);

  /// Returns the segments with a number from `first` on.
  std::vector<SegmentState> snapshot(std::uint64_t first = 0);
  /// Returns the next offset of every partition.
  Positions durable_end();

  /// Returns the count of changes that readers wait for.
  std::uint64_t version();
  /// Waits until version() differs from `seen`; returns false when `wait` is over.
  bool wait_for_change(std::uint64_t seen, std::chrono::milliseconds wait);
  /// Wakes all that wait.
  void wake();

  /// Notes that the footer is on disk, and the file's size with it.
  void note_sealed(const Segment& segment, std::uint64_t size_bytes);
  /// Takes the oldest segments out while `may_go` says so of each; sealed ones only.
  std::size_t retire(const std::function<bool(const SegmentState&)>& may_go);
  /// Takes a segment without frames out.
  void drop(std::uint64_t number);
  /// Returns the retired segments that no reader pins any more, once.
  std::vector<SegmentState> take_unpinned();

 private:
  struct State {
    std::vector<SegmentState> segments;
    std::vector<SegmentState> retired;
    std::vector<Offset> next;
    std::uint64_t next_number = 1;
    std::uint64_t version = 0;
  };
  static SegmentState& find(State& state, const Segment& segment);

  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace mobilake::log

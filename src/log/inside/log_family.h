// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/doors.h"
#include "log/inside/segments/consumer_holds.h"
#include "log/inside/segments/disk_budget.h"
#include "log/inside/segments/incident_list.h"
#include "log/inside/segments/offset_floors.h"
#include "log/inside/segments/recent_frames.h"
#include "log/inside/segments/recovery.h"
#include "log/inside/segments/segment_list.h"
#include "log/inside/segments/segment_pool.h"
#include "log/inside/writer_loop.h"
#include "log/log_config.h"

namespace mobilake::log {

/// One family: its segments, their writers, its consumers' holds and its retention.
/// Thread safety: any thread; housekeep() and run_turns() from one at a time.
class LogFamily {
 public:
  struct Options {
    std::string folder;
    Family family = Family::kData;
    FamilyConfig config;
    std::uint16_t partition_count = 0;
    std::uint16_t writer_count = 1;
    std::uint64_t frame_bytes = 0;
    std::uint64_t mailbox_bytes_max = 0;
    std::uint64_t spares_max = 0;
    std::uint64_t recent_bytes = 0;
    bool threads = true;
  };

  /// Recovers and seals, makes each writer's first segment, starts the writers.
  static Result<std::unique_ptr<LogFamily>> open(Options options, Doors doors, DiskBudget& budget,
                                                 IncidentList& incidents);

  void append(Append append);
  Result<std::unique_ptr<Reader>> open_reader(const Positions& from);

  SegmentList& list() { return *list_; }
  ConsumerHolds& holds() { return holds_; }
  std::optional<Error> refusal();
  void add_infos(std::vector<SegmentInfo>& out);
  /// Checks all durable frames. Fails with: unavailable (disk).
  Result<> verify(LogVerdict& verdict);

  /// Says that housekeep() is called whenever `wake` asks for it: writers then wait for spares
  /// instead of making them. An empty function ends that.
  void serve_spares_with(std::function<void()> wake) { pool_.serve_with(std::move(wake)); }
  /// Seals, retires, recycles, makes spares, saves holds. Failures become incidents; the next call
  /// tries again, except for a seal that failed on a disk with space: recovery does that one.
  void housekeep();
  /// Commits what the mailboxes hold, in the order of the writers. Requires: no threads.
  bool run_turns();
  void close();

 private:
  LogFamily(Options options, Doors doors, DiskBudget& budget, IncidentList& incidents);
  Result<> recover();
  Result<> start_writers();
  std::string file_name(std::string_view name) const;
  void note_unknown_partitions();
  void seal_complete();
  void retire();
  void recycle();
  bool save_floors();
  void report(const Result<>& result, std::string_view place);
  std::string explain_budget();

  const Options options_;
  Doors doors_;
  DiskBudget& budget_;
  IncidentList& incidents_;
  ConsumerHolds holds_;
  bool holds_known_ = true;
  OffsetFloors floors_;
  bool floors_saved_ = true;                           ///< nothing went since the last save
  std::vector<std::optional<Offset>> recovered_next_;  ///< none: the partition takes no appends
  SegmentPool pool_;
  std::unique_ptr<SegmentList> list_;
  RecentFrames recent_;
  std::uint64_t seal_tried_ = 0;  ///< segments up to this number are sealed, or failed to be
  bool all_started_ = true;       ///< every writer began with a segment of its own
  std::vector<std::unique_ptr<SegmentWriter>> writers_;
  std::vector<std::unique_ptr<WriterLoop>> loops_;
};

}  // namespace mobilake::log

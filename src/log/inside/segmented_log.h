// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "log/inside/log_family.h"
#include "log/open_log.h"

namespace mobilake::log {

/// The log on local disk: two families of segment files, their writers, and one thread that keeps
/// house.
///
/// Opened without threads it does nothing by itself: run_turns() and housekeep() are its time.
/// Thread safety: any thread.
class SegmentedLog final : public Log, public LogWriter {
 public:
  enum class Threads { kOwn, kNone };

  static Result<std::unique_ptr<SegmentedLog>> open(const std::string& folder,
                                                    const LogConfig& config, Doors doors,
                                                    Logger logger, Threads threads);
  ~SegmentedLog() override;

  LogWriter& writer() override { return *this; }
  void append(RecordBatch batch, OnDurable on_durable) override;
  std::uint16_t partition_count() const override { return partition_count_; }
  Result<std::unique_ptr<Reader>> open_reader(Family family, const Positions& from) override;
  Positions durable_end(Family family) override;
  void hold_for(std::string_view consumer, Family family, const Positions& positions) override;
  void release_hold(std::string_view consumer, Family family) override;
  std::vector<SegmentInfo> segments() override;
  std::vector<LogIncident> incidents() override;
  Result<LogVerdict> verify() override;
  std::optional<Error> refusal() override;
  Result<> close() override;

  /// Commits what the mailboxes hold. Requires: no threads.
  bool run_turns();
  /// Seals, retires, recycles, prepares. Requires: no threads.
  void housekeep();

 private:
  SegmentedLog(const LogConfig& config, std::uint16_t partition_count, Logger logger);
  LogFamily& family(Family family);
  void start_housekeeper();
  void keep_house();

  const std::uint16_t partition_count_;
  DiskBudget budget_;
  IncidentList incidents_;
  std::unique_ptr<LogFamily> data_;
  std::unique_ptr<LogFamily> system_;
  struct House {
    bool wanted = false;  ///< a writer waits for a spare segment
    bool stopping = false;
  };
  Guarded<House> house_;
  std::condition_variable house_changed_;
  std::thread housekeeper_;
};

}  // namespace mobilake::log

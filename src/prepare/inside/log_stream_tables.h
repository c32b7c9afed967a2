// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "prepare/inside/conservation/conservation_ledger.h"
#include "prepare/inside/conservation/conservation_table.h"
#include "prepare/inside/stop_signal.h"
#include "prepare/inside/stream_pump.h"
#include "prepare/inside/tables/small_file_merge.h"
#include "prepare/open_prepare.h"

namespace mobilake::prepare {

/// The stream tables on two threads: the pump's, and the one that merges small files.
class LogStreamTables final : public StreamTables {
 public:
  LogStreamTables(const PrepareConfig& config, StreamParts parts, Doors doors, Metrics& metrics,
                  Logger logger);
  ~LogStreamTables() override;

  Result<> start() override;
  void stop() override;
  Result<> ensure_account(std::string_view account) override;
  std::vector<query::SystemTable*> system_tables() override { return {&conservation_}; }
  std::vector<TableLag> lags() override;
  std::uint64_t unread_records() override;
  std::optional<Error> health() override;

 private:
  struct Health {
    std::optional<Error> pump;
    std::optional<Error> merge;
  };
  struct Gauges {
    base::Gauge& unread;
    base::Gauge& waiting;
    base::Gauge& lag_ms;
    base::Counter& commits;
    base::Counter& failures;
    base::Counter& merges;
    base::DurationHistogram& commit_seconds;
  };
  static Gauges make_gauges(Metrics& metrics);

  void run_pump();
  Result<> step();
  Result<> commit();
  void run_merge();
  Result<> merge_all();
  void report(std::optional<Error> Health::* part, const Result<>& result);
  void set_gauges();
  void set_conservation();

  const PrepareConfig config_;
  const StreamParts parts_;
  const Doors doors_;
  const Logger logger_;
  Metrics& metrics_;
  Gauges gauges_;
  ConservationLedger ledger_;
  ConservationTable conservation_;
  StopSignal stop_;
  std::unique_ptr<StreamPump> pump_;
  SmallFileMerge merge_;
  Guarded<Health> health_;
  std::thread pump_thread_;
  std::thread merge_thread_;
};

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/names.h"
#include "query/system_table.h"

namespace mobilake::prepare {

/// How far a table is behind the log.
struct TableLag {
  model::TableName table;
  std::uint64_t rows = 0;             ///< records read for it that no commit holds yet
  std::chrono::milliseconds time{0};  ///< age of the oldest of them since its arrival
};

/// The log as tables: `<account>.telemetry.signals` for every account whose vehicles send, and
/// `system.main.dead_letters` for what cannot be one of their rows.
///
/// Each record has its effect exactly once: rows, quarantined messages, counters and the log's
/// positions are one commit. Opened by open_stream_tables(), owned by the server. Two threads of
/// its own, one to read and commit, one to merge small files.
/// Thread safety: any thread; start() and stop() once each.
class StreamTables {
 public:
  virtual ~StreamTables() = default;

  /// Makes the system's tables, goes to where the tables stand in the log and starts the threads.
  /// Fails with: corrupt (the tables know of more than the log holds), unavailable, exhausted.
  virtual Result<> start() = 0;

  /// Ends the threads; what was read is committed first, with one try. Idempotent.
  virtual void stop() = 0;

  /// Makes the empty table of a producer account with the template "vehicle", so that it answers
  /// before the first message. Fails with: invalid (the name), unavailable, exhausted.
  virtual Result<> ensure_account(std::string_view account) = 0;

  /// Returns the tables that are computed when asked: system.conservation. They live as long as
  /// this.
  virtual std::vector<query::SystemTable*> system_tables() = 0;

  /// Returns the lag of each account's table, and how many durable records nobody has read yet.
  virtual std::vector<TableLag> lags() = 0;
  virtual std::uint64_t unread_records() = 0;

  /// Returns why the last step failed, or nothing while all is well. After `conflict` (another
  /// instance commits for the same tables) the reading has ended for good.
  virtual std::optional<Error> health() = 0;
};

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/sql/sql_engine.h"
#include "model/principal.h"

namespace mobilake::query {

/// What somebody asks.
struct QueryRequest {
  model::Principal principal;
  std::string sql;
  std::vector<engine::SqlParameter> parameters;
  std::chrono::milliseconds time_max{60'000};
  std::string request_id;
};

/// What a query read.
struct QueryFacts {
  std::uint64_t rows = 0;  ///< of the result; known at its end
  std::uint64_t bytes_scanned = 0;
  std::uint64_t files = 0;
  std::uint64_t files_pruned = 0;
  bool scan_is_hidden = false;  ///< a row filter applied, so bytes and files would tell too much
  std::chrono::milliseconds elapsed{0};
};

enum class QueryState { kRunning, kSucceeded, kFailed, kCancelled };

/// Returns "RUNNING", "SUCCEEDED", "FAILED" or "CANCELLED".
std::string_view query_state_name(QueryState state);

/// A query's progress at one moment.
struct QueryStatus {
  std::string id;
  QueryState state = QueryState::kRunning;
  QueryFacts facts;
  bool result_waits = false;  ///< runs, and goes on when somebody reads: the buffer is full
  Error error;                ///< where it failed
  Timestamp started_at;
};

/// A query that was planned and started. A thread of its own carries the result from the worker
/// into a bounded buffer, so a small result is whole before anybody fetches it, and a large one
/// waits for its reader. Thread safety: any thread; one reader.
class RunningQuery {
 public:
  virtual ~RunningQuery() = default;

  virtual QueryStatus status() = 0;

  /// Waits up to `wait` for the end, or for the buffer to be full; returns the status.
  virtual QueryStatus wait(std::chrono::milliseconds wait) = 0;

  /// Returns the next piece of the result, an Arrow IPC stream cut anywhere; empty at the end. Each
  /// piece once.
  virtual Result<std::string> next_piece() = 0;

  /// Stops the worker; a query that ended stays as it is.
  virtual void cancel() = 0;
};

/// Turns a principal's SQL into a governed plan and runs it. Every door that reads data asks it.
/// Thread safety: any thread.
class QueryService {
 public:
  virtual ~QueryService() = default;

  /// Plans the statement as the principal sees the tables, audits the decisions, and starts it.
  /// Fails with: invalid (syntax), unsupported (by name), not_found (a table hidden or missing),
  /// denied, exhausted (too many statements at once), unavailable.
  virtual Result<std::shared_ptr<RunningQuery>> start(const QueryRequest& request) = 0;

  /// Returns the query of that id, if it is the principal's own. Fails with: not_found.
  virtual Result<std::shared_ptr<RunningQuery>> find(const model::Principal& principal,
                                                     const std::string& id) = 0;

  /// Cancels what runs, without waiting for its end; no new query is started.
  virtual void drain() = 0;
};

}  // namespace mobilake::query

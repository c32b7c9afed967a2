// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace mobilake::engine {

/// A value bound to a parameter of a statement, in the form of JSON: null, true, 1, 1.5, "text".
struct SqlParameter {
  std::string name;  ///< "1" for $1 and the first '?', or a name
  std::string json;
};

/// All that a worker needs for one statement: it reads these files and nothing else.
struct QueryPlan {
  std::string statement;  ///< a syntax tree as parse() gives it, its tables replaced by scans
  std::vector<std::string> files;  ///< absolute paths that the scans may open
  std::vector<SqlParameter> parameters;
};

/// A result on its way: pieces of an Arrow IPC stream.
/// Destroying it before its end kills the worker. Thread safety: one thread at a time.
class ArrowStream {
 public:
  virtual ~ArrowStream() = default;

  /// Returns the next piece, cut anywhere; an empty piece is the end.
  /// Fails with: invalid (the statement, while it runs), exhausted (memory), timed_out, cancelled,
  /// internal.
  virtual Result<std::string> next() = 0;

  /// Returns how many rows the whole result has. Requires: next() gave the end.
  virtual std::uint64_t row_count() const = 0;
};

/// One worker process for one statement: parse what is asked, then run the plan once.
/// Thread safety: one thread at a time, but cancel() from any.
class SqlSession {
 public:
  virtual ~SqlSession() = default;

  /// Returns the syntax tree (JSON) of each statement. Only SELECT has one.
  /// Fails with: invalid (with "at character N"), unsupported (another kind of statement, by name).
  virtual Result<std::vector<std::string>> parse(std::span<const std::string> statements) = 0;

  /// Starts the plan. Requires: not called before.
  virtual Result<std::unique_ptr<ArrowStream>> run(const QueryPlan& plan) = 0;

  /// Kills the worker; calls that wait fail with cancelled.
  virtual void cancel() = 0;
};

/// Computes SQL in processes of its own, on the files it is handed; knows no account and no policy.
/// Opened by open_sql_engine(). Thread safety: any thread.
class SqlEngine {
 public:
  virtual ~SqlEngine() = default;

  /// Takes a waiting worker, or starts one; where all are busy it waits a while for one that ends.
  /// `deadline` bounds all that the session does.
  /// Fails with: exhausted (all workers stay busy), unavailable (no process could be started).
  virtual Result<std::unique_ptr<SqlSession>> open_session(std::chrono::milliseconds deadline) = 0;
};

}  // namespace mobilake::engine

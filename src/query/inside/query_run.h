// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "query/inside/planner.h"
#include "query/query_config.h"
#include "query/query_service.h"

namespace mobilake::query {

/// A statement that a worker runs, and its result until somebody fetches it. A thread of its own
/// carries the pieces; it ends when the result is whole, cancelled or fetched by nobody.
class QueryRun final : public RunningQuery {
 public:
  /// Hears once, on the run's thread, how it ended.
  using OnEnd = std::function<void(const QueryStatus&)>;

  struct Parts {
    std::string id;
    model::Principal principal;
    std::unique_ptr<engine::SqlSession> session;
    std::unique_ptr<engine::ArrowStream> stream;
    std::vector<std::unique_ptr<catalog::SnapshotLease>> leases;
    QueryFacts facts;
    base::Instant began;
    OnEnd on_end;
  };

  QueryRun(Parts parts, const QueryConfig& config, Clock& clock);
  ~QueryRun() override;

  QueryStatus status() override;
  QueryStatus wait(std::chrono::milliseconds wait) override;
  Result<std::string> next_piece() override;
  void cancel() override;

  const std::string& id() const { return parts_.id; }
  const model::Principal& principal() const { return parts_.principal; }
  /// How it rests: what may be dropped, since when, and what that would free.
  struct Rest {
    bool ended = false;
    base::Instant used;
    std::size_t buffered = 0;
  };
  Rest rest();

 private:
  struct State {
    QueryStatus status;
    std::deque<std::string> pieces;
    std::size_t buffered = 0;
    bool full = false;  ///< the carrier waits for a reader
    base::Instant used;
  };

  static QueryStatus told(const State& state);
  void carry();
  Result<> carry_pieces();
  Result<> keep(std::string piece);
  void end(const Result<>& carried);

  Parts parts_;
  QueryConfig config_;
  Clock& clock_;
  std::atomic<bool> cancelled_{false};
  Guarded<State> state_;
  std::condition_variable changed_;
  std::thread carrier_;
};

}  // namespace mobilake::query

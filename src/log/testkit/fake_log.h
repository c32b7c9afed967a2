// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "log/log.h"

namespace mobilake::log {

/// The log in memory, for tests of what stands on it: durable at once, or when the test says so.
///
/// Callbacks come on the thread that appends, or on that which calls answer_held(). Nothing is ever
/// retired. Passes LogConformance. Thread safety: any thread; its readers must end before it.
class FakeLog final : public Log, public LogWriter {
 public:
  explicit FakeLog(std::uint16_t partition_count = 64);
  ~FakeLog() override;

  /// Lets appends wait from now on, as a slow disk does.
  void hold_answers();
  /// Makes what waits durable, in the order of the appends, and answers it.
  void answer_held();
  /// Answers what waits with `error`, as a failed sync does.
  void fail_held(const Error& error);
  /// Refuses every append with `error` until it is called with nothing.
  void refuse_with(std::optional<Error> error);
  /// Returns the positions of a consumer that holds retention, or nothing.
  std::optional<Positions> held_by(std::string_view consumer, Family family);

  LogWriter& writer() override { return *this; }
  void append(RecordBatch batch, OnDurable on_durable) override;
  std::uint16_t partition_count() const override { return partition_count_; }
  Result<std::unique_ptr<Reader>> open_reader(Family family, const Positions& from) override;
  Positions durable_end(Family family) override;
  void hold_for(std::string_view consumer, Family family, const Positions& positions) override;
  void release_hold(std::string_view consumer, Family family) override;
  std::vector<SegmentInfo> segments() override;
  std::vector<LogIncident> incidents() override { return {}; }
  Result<LogVerdict> verify() override;
  std::optional<Error> refusal() override;
  Result<> close() override;

 private:
  class FakeReader;

  struct Kept {
    RecordBatch batch;
    Offset first;
  };
  struct Waiting {
    RecordBatch batch;
    OnDurable on_durable;
  };
  struct FamilyState {
    std::deque<Kept> kept;  // a batch never moves: readers hand out views of it
    Positions next;
    std::map<std::string, Positions, std::less<>> holds;
  };
  struct State {
    std::array<FamilyState, 2> families;
    std::vector<Waiting> waiting;
    bool holding = false;
    bool closed = false;
    std::optional<Error> refusal;
  };

  Offset keep(RecordBatch batch);
  std::vector<Waiting> take_waiting();

  const std::uint16_t partition_count_;
  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace mobilake::log

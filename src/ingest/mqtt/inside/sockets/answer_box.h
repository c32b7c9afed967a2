// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "ingest/mqtt/inside/sockets/client_book.h"
#include "ingest/mqtt/publish_gatherer.h"
#include "net/event_loop.h"

namespace mobilake::ingest::mqtt {

/// What became of the audit record of a client's permit.
struct AuditAnswer {
  ClientKey client;
  Result<> recorded;
};

/// What the log's threads tell one loop: outcomes of publishes and of audit records.
///
/// Wakes the loop once for all that came since it last looked, and knows how much is still owed, so
/// that the loop can outlive it. Thread safety: any thread posts; the rest on the loop's thread or
/// after it ended.
class AnswerBox final : public PublishOutcomes {
 public:
  struct Answers {
    std::vector<PublishOutcome> outcomes;
    std::vector<AuditAnswer> audits;
  };

  /// `on_answers` runs on the loop's thread.
  AnswerBox(net::EventLoop& loop, std::function<void()> on_answers)
      : loop_(loop), on_answers_(std::move(on_answers)) {}

  /// Says that `count` answers are owed; they may come before this is said.
  void expect(std::size_t count);

  void post(PublishOutcome outcome) override;
  void post(AuditAnswer answer);

  /// Swaps what came with the empty `answers`.
  void take(Answers& answers);

  /// Waits until nothing is owed any more.
  void wait_for_all();

 private:
  struct State {
    Answers answers;
    std::int64_t owed = 0;
    bool woken = false;
  };
  void count_in(State& state);

  net::EventLoop& loop_;
  std::function<void()> on_answers_;
  Guarded<State> state_;
  std::condition_variable all_came_;
};

}  // namespace mobilake::ingest::mqtt

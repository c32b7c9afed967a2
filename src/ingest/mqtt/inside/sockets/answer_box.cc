// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/sockets/answer_box.h"

#include <utility>

namespace mobilake::ingest::mqtt {

void AnswerBox::expect(std::size_t count) {
  state_.lock()->owed += static_cast<std::int64_t>(count);
}

void AnswerBox::post(PublishOutcome outcome) {
  auto state = state_.lock();
  state->answers.outcomes.push_back(std::move(outcome));
  count_in(*state);
}

void AnswerBox::post(AuditAnswer answer) {
  auto state = state_.lock();
  state->answers.audits.push_back(std::move(answer));
  count_in(*state);
}

// Under the lock: once it is given up with nothing owed, box and loop may be gone.
void AnswerBox::count_in(State& state) {
  --state.owed;
  if (!std::exchange(state.woken, true)) loop_.post([this] { on_answers_(); });
  all_came_.notify_all();
}

void AnswerBox::take(Answers& answers) {
  auto state = state_.lock();
  state->woken = false;
  std::swap(state->answers, answers);
}

void AnswerBox::wait_for_all() {
  state_.lock().wait(all_came_, [](const State& state) { return state.owed == 0; });
}

}  // namespace mobilake::ingest::mqtt

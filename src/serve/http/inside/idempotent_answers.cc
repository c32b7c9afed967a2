// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/idempotent_answers.h"

namespace mobilake::serve {

Result<std::optional<net::Answer>> IdempotentAnswers::begin(const Key& key,
                                                            const std::string& body) {
  auto state = state_.lock();
  drop_old(*state);
  const auto found = state->entries.find(key);
  if (found == state->entries.end()) {
    Entry entry;
    entry.body = body;
    state->entries.emplace(key, std::move(entry));
    return std::optional<net::Answer>();
  }
  const Entry& entry = found->second;
  if (entry.body != body)
    return conflict(
        "this Idempotency-Key came with another body before; use a new key for a new change");
  if (entry.running)
    return conflict("the first request with this Idempotency-Key still runs; ask again later");
  net::Answer answer;
  answer.status = entry.status;
  answer.headers = entry.headers;
  answer.headers["idempotent-replayed"] = "true";
  answer.body = entry.answer;
  return std::optional<net::Answer>(std::move(answer));
}

void IdempotentAnswers::finish(const Key& key, const net::Answer& answer) {
  auto state = state_.lock();
  const auto found = state->entries.find(key);
  if (found == state->entries.end()) return;
  if (answer.status >= 300 || answer.source) {
    state->entries.erase(found);
    return;
  }
  Entry& entry = found->second;
  entry.running = false;
  entry.status = answer.status;
  entry.headers = answer.headers;
  entry.answer = answer.body;
  entry.at = clock_.steady();
  entry.size = key.key.size() + entry.body.size() + entry.answer.size() + sizeof(Entry);
  state->size += entry.size;
  state->finished.push_back(key);
  drop_old(*state);
}

void IdempotentAnswers::drop_old(State& state) const {
  const base::Instant oldest = clock_.steady() - config_.idempotency_time;
  while (!state.finished.empty()) {
    const auto found = state.entries.find(state.finished.front());
    const bool over = state.finished.size() > config_.idempotency_entries ||
                      state.size > config_.idempotency_size.value;
    if (!over && found->second.at >= oldest) return;
    state.size -= found->second.size;
    state.entries.erase(found);
    state.finished.pop_front();
  }
}

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include "query/inside/query_run.h"

namespace mobilake::query {

using std::chrono::milliseconds;

std::string_view query_state_name(QueryState state) {
  switch (state) {
    case QueryState::kRunning:
      return "RUNNING";
    case QueryState::kSucceeded:
      return "SUCCEEDED";
    case QueryState::kFailed:
      return "FAILED";
    case QueryState::kCancelled:
      return "CANCELLED";
  }
  return "FAILED";
}

QueryRun::QueryRun(Parts parts, const QueryConfig& config, Clock& clock)
    : parts_(std::move(parts)), config_(config), clock_(clock) {
  {
    auto state = state_.lock();
    state->status.id = parts_.id;
    state->status.facts = parts_.facts;
    state->status.started_at = clock_.now();
    state->used = clock_.steady();
  }
  carrier_ = std::thread([this] { carry(); });
}

QueryRun::~QueryRun() {
  cancel();
  carrier_.join();
}

QueryStatus QueryRun::status() {
  auto state = state_.lock();
  state->used = clock_.steady();
  return told(*state);
}

QueryStatus QueryRun::wait(milliseconds wait) {
  auto state = state_.lock();
  state->used = clock_.steady();
  state.wait_for(changed_, wait,
                 [](const State& s) { return s.status.state != QueryState::kRunning || s.full; });
  state->used = clock_.steady();
  return told(*state);
}

QueryStatus QueryRun::told(const State& state) {
  QueryStatus status = state.status;
  status.result_waits = state.full;
  return status;
}

Result<std::string> QueryRun::next_piece() {
  auto state = state_.lock();
  state->used = clock_.steady();
  state.wait(changed_, [](const State& s) {
    return !s.pieces.empty() || s.status.state != QueryState::kRunning;
  });
  state->used = clock_.steady();
  if (state->status.state == QueryState::kCancelled) return cancelled("the query was cancelled");
  if (!state->pieces.empty()) {
    std::string piece = std::move(state->pieces.front());
    state->pieces.pop_front();
    state->buffered -= piece.size();
    state->full = false;
    changed_.notify_all();
    return piece;
  }
  if (state->status.state == QueryState::kFailed) return state->status.error;
  return std::string();
}

void QueryRun::cancel() {
  cancelled_.store(true);
  {
    auto state = state_.lock();  // end() gives the session up only after it said so under the lock
    if (state->status.state == QueryState::kRunning) parts_.session->cancel();
  }
  changed_.notify_all();
}

QueryRun::Rest QueryRun::rest() {
  auto state = state_.lock();
  return {state->status.state != QueryState::kRunning, state->used, state->buffered};
}

void QueryRun::carry() {
  end(carry_pieces());
}

Result<> QueryRun::carry_pieces() {
  for (;;) {
    MOBILAKE_ASSIGN(std::string piece, parts_.stream->next());
    if (piece.empty()) return {};
    MOBILAKE_TRY(keep(std::move(piece)));
  }
}

// Waits while the buffer is full; a piece larger than the buffer goes in when it is empty.
Result<> QueryRun::keep(std::string piece) {
  auto state = state_.lock();
  const std::size_t size = piece.size();
  const auto has_room = [&](const State& s) {
    return s.buffered == 0 || s.buffered + size <= config_.result_buffer.value || cancelled_.load();
  };
  while (!has_room(*state)) {
    state->full = true;
    changed_.notify_all();
    const bool room = state.wait_for(changed_, config_.kept_for, has_room);
    if (!room && clock_.steady() - state->used >= config_.kept_for)
      return cancelled("nobody fetched the result for {} ms (query.kept_for)",
                       config_.kept_for.count());
  }
  if (cancelled_.load()) return cancelled("the query was cancelled");
  state->full = false;
  state->buffered += size;
  state->pieces.push_back(std::move(piece));
  changed_.notify_all();
  return {};
}

void QueryRun::end(const Result<>& carried) {
  const std::uint64_t rows = carried.ok() ? parts_.stream->row_count() : 0;
  QueryStatus status;
  {
    auto state = state_.lock();
    state->full = false;
    state->status.facts.rows = rows;
    state->status.facts.elapsed =
        std::chrono::duration_cast<milliseconds>(clock_.steady() - parts_.began);
    state->status.state = QueryState::kSucceeded;
    if (!carried.ok()) {
      const bool stopped = carried.error().code == Code::kCancelled;
      state->status.state = stopped ? QueryState::kCancelled : QueryState::kFailed;
      state->status.error = carried.error();
      state->pieces.clear();
      state->buffered = 0;
    }
    status = state->status;
  }
  // The worker and the table's files are held no longer than the statement runs.
  parts_.stream.reset();
  parts_.session.reset();
  parts_.leases.clear();
  changed_.notify_all();
  if (parts_.on_end) parts_.on_end(status);
}

}  // namespace mobilake::query

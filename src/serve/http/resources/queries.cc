// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "serve/http/inside/problem.h"
#include "serve/http/resources/resources.h"
#include "serve/http/results/result_stream.h"

namespace mobilake::serve {
namespace {

using query::QueryState;
using query::QueryStatus;
using std::chrono::milliseconds;
// Shared because the query service keeps it too, to be found again.
using QueryPointer = std::shared_ptr<query::RunningQuery>;

constexpr milliseconds kEventEvery{1'000};
constexpr std::string_view kNewSchema = R"({
  "type":"object","required":["sql"],"additionalProperties":false,
  "properties":{"sql":{"type":"string","minLength":1},
    "parameters":{"type":"array","maxItems":1000,"description":"for $1, $2, ... or each ?",
      "items":{"type":["null","boolean","number","string"]}},
    "limits":{"type":"object","additionalProperties":false,"properties":{
      "rows":{"type":"integer","minimum":0,"description":"the result is cut after so many"},
      "time_ms":{"type":"integer","minimum":1,"maximum":86400000}}}}})";
constexpr std::string_view kQuerySchema = R"({
  "type":"object","required":["id","state"],
  "properties":{"id":{"type":"string"},
    "state":{"type":"string","enum":["running","finished","failed","cancelled"]},
    "readable":{"type":"boolean","description":"the result can be fetched without waiting"},
    "rows":{"type":"integer"},"truncated":{"type":"boolean"},"elapsed_ms":{"type":"integer"},
    "error":{"type":"object","required":["code","detail"],"properties":{
      "code":{"type":"string"},"detail":{"type":"string"},"position":{"type":"integer"},
      "hint":{"type":"string"}}}}})";
constexpr std::string_view kResultSchema = R"({
  "type":"object","required":["columns","rows","facts"],
  "properties":{
    "columns":{"type":"array","items":{"type":"object","required":["name","type"],
      "properties":{"name":{"type":"string"},"type":{"type":"string"}}}},
    "rows":{"type":"array","items":{"type":"array"}},
    "facts":{"type":"object","required":["rows","elapsed_ms"],"properties":{
      "rows":{"type":"integer"},"truncated":{"type":"boolean"},
      "bytes_scanned":{"type":"integer"},"files":{"type":"integer"},
      "files_pruned":{"type":"integer"},"elapsed_ms":{"type":"integer"}}}}})";
constexpr std::string_view kWaitParameter = R"([
  {"name":"wait","in":"query","description":"milliseconds to wait, at most http.wait_max",
   "schema":{"type":"integer","minimum":0,"maximum":86400000,"default":0}}])";

std::string_view state_name(QueryState state) {
  switch (state) {
    case QueryState::kRunning:
      return "running";
    case QueryState::kSucceeded:
      return "finished";
    case QueryState::kFailed:
      return "failed";
    case QueryState::kCancelled:
      break;
  }
  return "cancelled";
}

std::int64_t elapsed_ms(const DoorState& state, const QueryStatus& status) {
  if (status.state != QueryState::kRunning) return status.facts.elapsed.count();
  const auto elapsed = state.doors.clock.now() - status.started_at;
  return std::max<std::int64_t>(std::chrono::duration_cast<milliseconds>(elapsed).count(), 0);
}

Json query_json(DoorState& state, const QueryStatus& status) {
  const QueryBook::Entry noted = state.queries.find(status.id);
  // One that was stopped when its reader had all that it wanted is finished.
  const bool finished = status.state == QueryState::kSucceeded ||
                        (noted.truncated && status.state == QueryState::kCancelled);
  Json json = {{"id", status.id},
               {"state", state_name(finished ? QueryState::kSucceeded : status.state)}};
  if ((finished || status.result_waits) && !noted.taken) json["readable"] = true;
  if (noted.rows.has_value())
    json["rows"] = *noted.rows;
  else if (finished)
    json["rows"] = std::min(status.facts.rows, noted.rows_max.value_or(status.facts.rows));
  const bool truncated = noted.truncated || (finished && noted.rows_max.has_value() &&
                                             status.facts.rows > *noted.rows_max);
  if (truncated) json["truncated"] = true;
  json["elapsed_ms"] = elapsed_ms(state, status);
  if (status.state == QueryState::kFailed)
    json["error"] =
        error_json(told_error(status.error, state.logger, "a statement", "query " + status.id));
  return json;
}

// Waits as long as asked, while few do: waiting requests must never take all threads.
QueryStatus waited(DoorState& state, const Call& call, query::RunningQuery& query) {
  const milliseconds wait = std::min(
      milliseconds(static_cast<std::int64_t>(call.number("wait", 0))), state.config.wait_max);
  if (wait.count() == 0) return query.status();
  const auto slot = state.waiters.take();
  return slot.has_value() ? query.wait(wait) : query.status();
}

// A statement may wait for a worker; few do, so that threads are left for the rest.
Result<QueryPointer> started(DoorState& state, const query::QueryRequest& request) {
  const auto slot = state.starts.take();
  if (!slot.has_value())
    return unavailable("{} statements are being started (http.starts_max); ask again later",
                       state.config.starts_max);
  return state.parts.queries.start(request);
}

Result<net::Answer> start_query(DoorState& state, const Call& call) {
  query::QueryRequest request;
  request.principal = call.principal;
  request.sql = call.body["sql"];
  request.request_id = call.request_id;
  const Json values = call.body.value("parameters", Json::array());
  for (std::size_t i = 0; i < values.size(); ++i)
    request.parameters.push_back({std::to_string(i + 1), json_text(values[i])});
  const Json limits = call.body.value("limits", Json::object());
  if (limits.contains("time_ms"))
    request.time_max = milliseconds(limits["time_ms"].get<std::int64_t>());
  std::optional<std::uint64_t> rows_max;
  if (limits.contains("rows")) rows_max = limits["rows"].get<std::uint64_t>();
  MOBILAKE_ASSIGN(const QueryPointer query, started(state, request));
  const std::string id = query->status().id;
  state.queries.add(id, rows_max);
  const QueryStatus status = waited(state, call, *query);
  net::Answer answer =
      json_answer(status.state == QueryState::kRunning ? 202 : 200, query_json(state, status));
  answer.headers["location"] = "/api/v1/queries/" + id;
  return answer;
}

// A query's result on its way to one reader. When the reader goes before the end, it is cancelled.
class ResultPieces {
 public:
  ResultPieces(QueryPointer query, std::optional<Slots::Slot> slot)
      : query_(std::move(query)), slot_(std::move(slot)) {}
  ResultPieces(ResultPieces&&) = default;
  ResultPieces& operator=(ResultPieces&&) = delete;
  ~ResultPieces() {
    if (query_ != nullptr && !ended_) query_->cancel();
  }

  Result<std::string> operator()() {
    auto piece = query_->next_piece();
    ended_ = !piece.ok() || piece->empty();
    return piece;
  }

 private:
  QueryPointer query_;
  std::optional<Slots::Slot> slot_;  ///< of a statement that still runs
  bool ended_ = false;
};

std::string facts_text(DoorState& state, query::RunningQuery& query, const ResultEnd& end) {
  const QueryStatus status = query.status();
  state.queries.note_end(status.id, end.rows, end.truncated);
  Json facts = {{"rows", end.rows}};
  if (end.truncated) facts["truncated"] = true;
  // Where a row filter applies, they would tell what is hidden.
  if (!status.facts.scan_is_hidden) {
    facts["bytes_scanned"] = status.facts.bytes_scanned;
    facts["files"] = status.facts.files;
    facts["files_pruned"] = status.facts.files_pruned;
  }
  facts["elapsed_ms"] = elapsed_ms(state, status);
  return json_text(facts);
}

Result<std::optional<Slots::Slot>> slot_for(DoorState& state, const QueryStatus& status) {
  switch (status.state) {
    case QueryState::kFailed:
      return status.error;
    case QueryState::kCancelled:
      return cancelled("the query was cancelled; start it again");
    case QueryState::kSucceeded:
      return std::optional<Slots::Slot>();
    case QueryState::kRunning:
      break;
  }
  auto slot = state.streams.take();
  if (!slot.has_value())
    return unavailable(
        "{} results of unfinished statements are read already (http.streams_max); wait for the end "
        "of this one with ?wait=",
        state.config.streams_max);
  return slot;
}

Result<net::Answer> give_result(DoorState& state, const Call& call) {
  const std::string& id = call.path_value("id");
  MOBILAKE_ASSIGN(const QueryPointer query, state.parts.queries.find(call.principal, id));
  net::Answer answer;
  answer.headers["content-type"] = call.accepted;
  answer.headers["vary"] = "accept";
  if (call.request.method == "HEAD") return answer;
  MOBILAKE_ASSIGN(auto slot, slot_for(state, query->status()));
  if (!state.queries.take(id))
    return conflict("the result of this query was fetched already; start the query again");
  auto facts = [&state, query](const ResultEnd& end) { return facts_text(state, *query, end); };
  MOBILAKE_ASSIGN(answer.source,
                  open_result_stream(result_form_of(call.accepted), state.queries.find(id).rows_max,
                                     ResultPieces(query, std::move(slot)), std::move(facts)));
  return answer;
}

// Tells a query's state about once a second, until it ends (Server-Sent Events).
class QueryEvents {
 public:
  QueryEvents(DoorState& state, QueryPointer query, Slots::Slot slot)
      : state_(state), query_(std::move(query)), slot_(std::move(slot)) {}

  Result<std::string> operator()() {
    if (ended_) return std::string();
    const QueryStatus status =
        std::exchange(first_, false) ? query_->status() : query_->wait(kEventEvery);
    ended_ = status.state != QueryState::kRunning || status.result_waits;
    return fmt::format("event: {}\ndata: {}\n\n", ended_ ? "end" : "progress",
                       json_text(query_json(state_, status)));
  }

 private:
  DoorState& state_;
  QueryPointer query_;
  Slots::Slot slot_;
  bool first_ = true;
  bool ended_ = false;
};

Result<net::Answer> give_events(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(const QueryPointer query,
                  state.parts.queries.find(call.principal, call.path_value("id")));
  auto slot = state.streams.take();
  if (!slot.has_value())
    return unavailable("{} streams are open already (http.streams_max); ask with ?wait= instead",
                       state.config.streams_max);
  net::Answer answer;
  answer.headers["content-type"] = "text/event-stream";
  answer.source = QueryEvents(state, query, *std::move(slot));
  return answer;
}

std::vector<Operation> running_operations(DoorState& state) {
  std::vector<Operation> operations;
  Operation start = operation("POST", "/api/v1/queries", "startQuery",
                              "Starts a statement; ?wait= answers a small one in one call");
  start.route.parameters = kWaitParameter;
  start.route.request_body = kNewSchema;
  start.route.success_status = 202;
  start.route.other_success_status = 200;
  start.route.response_body = kQuerySchema;
  start.handle = [&state](const Call& call) { return start_query(state, call); };
  operations.push_back(std::move(start));

  Operation show =
      operation("GET", "/api/v1/queries/{id}", "showQuery", "Shows how far a query is");
  show.route.parameters = kWaitParameter;
  show.route.response_body = kQuerySchema;
  show.handle = [&state](const Call& call) -> Result<net::Answer> {
    MOBILAKE_ASSIGN(const QueryPointer query,
                    state.parts.queries.find(call.principal, call.path_value("id")));
    return json_answer(200, query_json(state, waited(state, call, *query)));
  };
  operations.push_back(std::move(show));

  Operation cancel =
      operation("DELETE", "/api/v1/queries/{id}", "cancelQuery", "Cancels a query that runs");
  cancel.route.success_status = 204;
  cancel.route.response_type = "";
  cancel.handle = [&state](const Call& call) -> Result<net::Answer> {
    MOBILAKE_ASSIGN(const QueryPointer query,
                    state.parts.queries.find(call.principal, call.path_value("id")));
    query->cancel();
    net::Answer answer;
    answer.status = 204;
    return answer;
  };
  operations.push_back(std::move(cancel));
  return operations;
}

}  // namespace

std::vector<Operation> query_operations(DoorState& state) {
  std::vector<Operation> operations = running_operations(state);
  Operation events = operation("GET", "/api/v1/queries/{id}/events", "watchQuery",
                               "Tells a query's state until it can be fetched");
  events.route.response_type = "text/event-stream";
  events.route.response_body = R"({"type":"string"})";
  events.handle = [&state](const Call& call) { return give_events(state, call); };
  operations.push_back(std::move(events));

  Operation result = operation("GET", "/api/v1/queries/{id}/result", "fetchResult",
                               "Gives the result once, in the form that Accept names");
  result.route.response_body = kResultSchema;
  for (const std::string& type : result_media_types())
    if (type != result.route.response_type) result.route.other_response_types.push_back(type);
  result.handle = [&state](const Call& call) { return give_result(state, call); };
  operations.push_back(std::move(result));
  return operations;
}

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include "govern/resource.h"
#include "serve/http/inside/problem.h"
#include "serve/http/resources/resources.h"

namespace mobilake::serve {
namespace {

constexpr std::string_view kStateSchema = R"({
  "type":"object","required":["state"],"properties":{"state":{"type":"string"}}})";

Result<net::Answer> tell_ready(DoorState& state) {
  const Result<> ready = state.parts.ready ? state.parts.ready() : Result<>();
  if (ready.ok()) return json_answer(200, {{"state", "ready"}});
  // Anybody may ask: the cause is for the log and for /api/v1/status.
  state.logger.warning("not ready: {}", ready.error().to_string());
  return unavailable("the server is not ready: {}", base::code_name(ready.error().code));
}

Result<net::Answer> tell_metrics(DoorState& state, const Call& call) {
  MOBILAKE_TRY(
      state.decisions.decide(call, model::Action::kDescribe, govern::server_resource("metrics")));
  net::Answer answer;
  answer.headers["content-type"] = "text/plain; version=0.0.4; charset=utf-8";
  answer.body = state.metrics.to_text();
  return answer;
}

}  // namespace

std::vector<Operation> probe_operations(DoorState& state) {
  std::vector<Operation> operations;
  Operation health =
      operation("GET", "/healthz", "tellHealth", "Says that the process answers, and no more");
  health.route.needs_credential = false;
  health.route.response_body = kStateSchema;
  health.handle = [](const Call&) -> Result<net::Answer> {
    return json_answer(200, {{"state", "alive"}});
  };
  operations.push_back(std::move(health));

  Operation ready =
      operation("GET", "/readyz", "tellReadiness", "Says whether the server can do its work now");
  ready.route.needs_credential = false;
  ready.route.response_body = kStateSchema;
  ready.handle = [&state](const Call&) { return tell_ready(state); };
  operations.push_back(std::move(ready));

  Operation metrics = operation("GET", "/metrics", "tellMetrics",
                                "Shows all counters in the text format of Prometheus");
  metrics.route.response_type = "text/plain";
  metrics.route.response_body = R"({"type":"string"})";
  metrics.handle = [&state](const Call& call) { return tell_metrics(state, call); };
  operations.push_back(std::move(metrics));

  Operation openapi = operation("GET", "/api/v1/openapi.json", "describeApi",
                                "Describes this API as an OpenAPI 3.1 document");
  openapi.route.needs_credential = false;
  openapi.route.response_body =
      R"({"type":"object","required":["openapi","info","paths"],"additionalProperties":true})";
  openapi.handle = [&state](const Call&) -> Result<net::Answer> {
    net::Answer answer;
    answer.headers["content-type"] = "application/json";
    answer.body = state.openapi;
    return answer;
  };
  operations.push_back(std::move(openapi));
  return operations;
}

}  // namespace mobilake::serve

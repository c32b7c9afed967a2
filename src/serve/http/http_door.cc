// SPDX-License-Identifier: Apache-2.0
#include "serve/http/http_door.h"

#include <array>
#include <exception>

#include "net/router.h"
#include "serve/http/inside/admission.h"
#include "serve/http/inside/door_state.h"
#include "serve/http/inside/media_type.h"
#include "serve/http/inside/operation.h"
#include "serve/http/resources/resources.h"

namespace mobilake::serve {
namespace {

using model::Principal;

constexpr std::size_t kKeySizeMax = 255;
constexpr std::array<const char*, 6> kMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

// An operation with its route's texts read, once.
struct OpenOperation {
  Operation operation;
  Json parameters;
  Json body_schema;
  std::vector<std::string> media_types;
  base::DurationHistogram* seconds = nullptr;

  bool is_change() const { return operation.route.method != "GET"; }
};

std::vector<Operation> all_operations(DoorState& state) {
  std::vector<Operation> all;
  for (const auto make : {account_operations, user_operations, device_operations, table_operations,
                          query_operations, log_operations, status_operations, probe_operations})
    for (Operation& made : make(state))
      all.push_back(std::move(made));
  return all;
}

OpenOperation opened(Operation operation, Metrics& metrics) {
  const net::Route& route = operation.route;
  OpenOperation open;
  open.parameters = route.parameters.empty() ? Json::array() : Json::parse(route.parameters);
  open.body_schema = route.request_body.empty() ? Json(nullptr) : Json::parse(route.request_body);
  if (!route.response_type.empty()) open.media_types.push_back(route.response_type);
  for (const std::string& type : route.other_response_types)
    open.media_types.push_back(type);
  open.seconds = &metrics.histogram("mobilake_serve_request_seconds",
                                    "Time from a request's arrival to the begin of its answer.",
                                    {{"operation", route.operation_id}});
  open.operation = std::move(operation);
  return open;
}

std::vector<net::Route> routes_of(const std::vector<OpenOperation>& operations) {
  std::vector<net::Route> routes;
  for (const OpenOperation& open : operations)
    routes.push_back(open.operation.route);
  return routes;
}

std::string principal_key(const Principal& principal) {
  return fmt::format("{}/{}/{}", static_cast<int>(principal.kind), principal.account,
                     principal.name);
}

class RestDoor final : public HttpDoor {
 public:
  RestDoor(const HttpDoorConfig& config, HttpDoorParts parts, Doors doors, Metrics& metrics,
           Logger logger)
      : state_(config, std::move(parts), doors, metrics, std::move(logger)),
        operations_(open_operations()),
        router_(routes_of(operations_)) {
    state_.openapi = router_.openapi("Mobilake", state_.parts.version);
  }

  net::HttpServer::Handler handler() override {
    return [this](const net::IncomingRequest& request) { return answer(request); };
  }

  const std::string& openapi() const override { return state_.openapi; }

 private:
  std::vector<OpenOperation> open_operations() {
    std::vector<OpenOperation> open;
    for (Operation& made : all_operations(state_))
      open.push_back(opened(std::move(made), state_.metrics));
    return open;
  }

  net::Answer answer(const net::IncomingRequest& request) {
    const base::Instant began = state_.doors.clock.steady();
    Call call{request};
    call.request_id = request_id_of(request, state_.doors.random);
    const net::RouteMatch match = router_.match(request.method, request.path);
    const OpenOperation* const open =
        match.route == nullptr ? nullptr : &operations_[place_of(*match.route)];
    net::Answer answer;
    if (open == nullptr) {
      answer = problem_answer(no_route(request, match.path_known), call.request_id);
    } else {
      call.path_values = match.path_values;
      answer = guarded(*open, call, [&] { return admitted(*open, call); });
    }
    answer.headers["x-request-id"] = call.request_id;
    answer.headers.try_emplace("cache-control", "no-store");
    answer.headers["x-content-type-options"] = "nosniff";
    note(request.method, open, answer.status, call.request_id, state_.doors.clock.steady() - began);
    return answer;
  }

  std::size_t place_of(const net::Route& route) const {
    return static_cast<std::size_t>(&route - router_.routes().data());
  }

  Problem no_route(const net::IncomingRequest& request, bool path_known) const {
    if (!path_known)
      return {not_found("there is no such path; see /api/v1/openapi.json for those there are")};
    std::string allowed;
    for (const char* const method : kMethods)
      if (router_.match(method, request.path).route != nullptr)
        allowed += (allowed.empty() ? "" : ", ") + std::string(method);
    return {unsupported("this path takes {}, not {}", allowed, request.method),
            405,
            {{"allow", allowed}}};
  }

  // No exception leaves the door: a library's is our mistake, told and logged.
  template <typename Answering>
  net::Answer guarded(const OpenOperation& open, const Call& call, const Answering& answering) {
    try {
      return answering();
    } catch (const std::exception& exception) {
      return refused(open, call, internal("{}", exception.what()));
    }
  }

  net::Answer refused(const OpenOperation& open, const Call& call, const Error& error) {
    if (open.operation.names_files && error.code != Code::kInternal)
      return problem_answer({error}, call.request_id);
    return problem_answer({told_error(error, state_.logger, open.operation.route.operation_id,
                                      "request " + call.request_id)},
                          call.request_id);
  }

  net::Answer admitted(const OpenOperation& open, Call& call) {
    const auto refuse = [&](const Problem& problem) {
      return problem_answer(problem, call.request_id);
    };
    if (open.operation.route.needs_credential) {
      Result<Principal> principal = sign_in(call.request, state_.parts.identity);
      if (!principal.ok()) return refused(open, call, principal.error());
      call.principal = *std::move(principal);
    }
    if (const auto problem = negotiate(open, call)) return refuse(*problem);
    Result<Json> parameters = read_parameters(open.parameters, call.request.query);
    if (!parameters.ok()) return refuse({parameters.error()});
    call.parameters = *std::move(parameters);
    if (const auto problem =
            read_body(open.body_schema, call.request, state_.config.body_size.value, call.body))
      return refuse(*problem);
    if (!open.is_change()) return run(open, call);
    if (!call.request.header("if-match").empty())
      return refuse({unsupported("If-Match is not offered here; leave it out")});
    return run_once(open, call);
  }

  static std::optional<Problem> negotiate(const OpenOperation& open, Call& call) {
    if (open.media_types.empty()) return std::nullopt;
    const std::string_view accept = call.request.header("accept");
    const auto chosen = choose_media_type(accept, open.media_types);
    if (!chosen.has_value())
      return Problem{unsupported("this answers with {}, and the field Accept takes none of them",
                                 fmt::join(open.media_types, ", ")),
                     406};
    call.accepted = *chosen;
    return std::nullopt;
  }

  net::Answer run(const OpenOperation& open, const Call& call) {
    Result<net::Answer> answer = open.operation.handle(call);
    if (answer.ok()) return *std::move(answer);
    return refused(open, call, answer.error());
  }

  // Runs a change at most once for its Idempotency-Key.
  net::Answer run_once(const OpenOperation& open, const Call& call) {
    const std::string_view given = call.request.header("idempotency-key");
    if (given.empty()) return run(open, call);
    if (given.size() > kKeySizeMax)
      return problem_answer({invalid("an Idempotency-Key has 1 to {} characters", kKeySizeMax)},
                            call.request_id);
    const IdempotentAnswers::Key key{principal_key(call.principal),
                                     call.request.method + " " + call.request.path,
                                     std::string(given)};
    auto kept = state_.answers.begin(key, call.request.body);
    if (!kept.ok()) return refused(open, call, kept.error());
    if (kept->has_value()) return **std::move(kept);
    // Guarded, so that a key never stays taken by a request that ended.
    net::Answer answer = guarded(open, call, [&] { return run(open, call); });
    state_.answers.finish(key, answer);
    return answer;
  }

  void note(const std::string& method, const OpenOperation* open, int status,
            const std::string& request_id, base::Instant::duration elapsed) {
    const std::string operation = open == nullptr ? "none" : open->operation.route.operation_id;
    const double seconds = std::chrono::duration<double>(elapsed).count();
    state_.metrics
        .counter("mobilake_serve_requests_total", "Requests that were answered.",
                 {{"operation", operation}, {"status", fmt::format("{}xx", status / 100)}})
        .add();
    if (open != nullptr) open->seconds->observe(seconds);
    // A path may hold the id of a vehicle, so the route's template stands for it.
    state_.logger.info("{} {} {} {:.1f} ms request {}", open == nullptr ? "-" : method.c_str(),
                       open == nullptr ? "(no route)" : open->operation.route.path, status,
                       seconds * 1000, request_id);
  }

  DoorState state_;
  std::vector<OpenOperation> operations_;
  net::Router router_;
};

}  // namespace

std::unique_ptr<HttpDoor> open_http_door(const HttpDoorConfig& config, HttpDoorParts parts,
                                         Doors doors, Metrics& metrics, Logger logger) {
  return std::make_unique<RestDoor>(config, std::move(parts), doors, metrics, std::move(logger));
}

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_server.h"

namespace mobilake::net {

/// One operation of an API: what it answers to, what it promises, and who handles it.
struct Route {
  std::string method;
  std::string path;  ///< "/api/v1/devices/{id}"; a last "{rest...}" takes what follows, slashes too
  std::string operation_id;
  std::string summary;
  bool needs_credential = true;
  std::string parameters;    ///< JSON: OpenAPI 3.1 parameter objects besides the path's own, or ""
  std::string request_body;  ///< JSON Schema of the body, or ""
  int success_status = 200;
  int other_success_status = 0;                    ///< a second one with the same answer, or 0
  std::string response_type = "application/json";  ///< or "" for none
  std::vector<std::string> other_response_types;   ///< that the caller may ask for by Accept
  std::string response_body;                       ///< JSON Schema of the answer, or ""
  HttpServer::Handler handler;
};

/// What stands for a request without a route.
struct RouteMatch {
  const Route* route = nullptr;  ///< null where nothing matches
  bool path_known = false;       ///< the path exists with another method
  std::map<std::string, std::string> path_values;
};

/// The routes of a door and the OpenAPI 3.1 document that they make together.
/// Thread safety: immutable after construction.
class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  /// Finds the route of a request; literal path parts win over {name}.
  RouteMatch match(std::string_view method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

  /// Returns the OpenAPI document as JSON text.
  std::string openapi(std::string_view title, std::string_view version) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace mobilake::net

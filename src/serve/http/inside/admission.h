// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/random.h"
#include "govern/identity.h"
#include "serve/http/inside/json.h"
#include "serve/http/inside/problem.h"

namespace mobilake::serve {

/// Returns the caller's X-Request-Id where it is 1 to 64 of the characters A-Z a-z 0-9 . _ -, else
/// a new one.
std::string request_id_of(const net::IncomingRequest& request, Random& random);

/// Returns who the request's bearer token speaks for. Fails with: unauthenticated.
Result<model::Principal> sign_in(const net::IncomingRequest& request,
                                 const govern::Identity& identity);

/// Returns the query as typed values. `parameters` are the OpenAPI objects of the route.
/// Fails with: invalid (an unknown name, a value of another type).
Result<Json> read_parameters(const Json& parameters,
                             const std::map<std::string, std::string>& query);

/// Reads the body as the route's schema says, into `body`; a null schema takes none. Returns the
/// problem (400, 413, 415), if there is one.
std::optional<Problem> read_body(const Json& schema, const net::IncomingRequest& request,
                                 std::size_t bytes_max, Json& body);

}  // namespace mobilake::serve

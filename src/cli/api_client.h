// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"

namespace mobilake::cli {

/// One request of the public API. `path` begins with "/api/v1/" and is already escaped.
struct ApiRequest {
  std::string method = "GET";
  std::string path{};
  std::string body{};  ///< JSON, or nothing
  std::string accept = "application/json";
  std::chrono::milliseconds timeout{60'000};
};

/// Speaks the public HTTP API of one server with one token.
/// Thread safety: one thread at a time, as the HTTP client below.
class ApiClient {
 public:
  ApiClient(net::HttpClient& http, std::string server, std::string token)
      : http_(http), server_(std::move(server)), token_(std::move(token)) {}

  /// Returns the body of a good answer. A problem becomes an Error of its code, with its detail and
  /// request id. Fails with: unavailable (no server there, with what to do), and whatever the
  /// server says.
  Result<std::string> send(const ApiRequest& request,
                           const net::HttpClient::BodySink& sink = nullptr);

  Result<std::string> get(const std::string& path);
  Result<std::string> post(const std::string& path, const std::string& body);
  Result<> remove(const std::string& path);

  const std::string& server() const { return server_; }

  /// Returns the place in the SQL text that the last problem named, from 1.
  std::optional<std::size_t> problem_position() const { return problem_position_; }

 private:
  Error problem(const net::HttpResponse& response);

  net::HttpClient& http_;
  std::string server_;
  std::string token_;
  std::optional<std::size_t> problem_position_;
};

/// Escapes `text` for one segment of a path or a query value (RFC 3986).
std::string escape_url(std::string_view text);

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mobilake::net {

/// Header fields by lower-case name.
using HttpHeaders = std::map<std::string, std::string>;

struct HttpRequest {
  std::string method = "GET";
  std::string url{};  ///< absolute: http://host:port/path?query
  HttpHeaders headers{};
  std::string body{};
  std::chrono::milliseconds timeout{30'000};  ///< of the whole exchange
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers{};
  std::string body;  ///< empty where the caller took it piece by piece
};

/// Makes HTTP/1.1 requests, one at a time, over connections that it keeps.
/// Thread safety: one thread at a time.
class HttpClient {
 public:
  /// Takes a piece of a body; returns false to end the exchange.
  using BodySink = std::function<bool(std::string_view)>;

  virtual ~HttpClient() = default;

  /// Returns the answer, whatever its status.
  /// Fails with: unavailable (no connection), timed_out, cancelled (the sink ended it), invalid
  /// (the URL).
  Result<HttpResponse> send(const HttpRequest& request) { return send(request, nullptr); }

  /// As send(), and hands the body of an answer with a status below 300 to `sink` piece by piece.
  virtual Result<HttpResponse> send(const HttpRequest& request, const BodySink& sink) = 0;
};

/// Returns a client over plain TCP and TLS.
std::unique_ptr<HttpClient> open_http_client();

}  // namespace mobilake::net

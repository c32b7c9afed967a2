// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/logging.h"
#include "base/result.h"
#include "net/endpoint.h"
#include "net/event_loop.h"
#include "net/http_client.h"

namespace mobilake::net {

/// A whole request as a handler gets it.
struct IncomingRequest {
  std::string method;
  std::string path;  ///< percent-decoded, without the query
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> path_values;  ///< what stood for {name} in the route's path
  HttpHeaders headers;
  std::string body;
  std::string peer;  ///< address and port

  /// Returns a header field or "".
  std::string_view header(const std::string& name) const;
};

/// Gives a body piece by piece; an empty piece ends it, an error cuts the connection.
/// Destroyed when the client is gone, so what it holds must end the work behind it.
using BodySource = std::move_only_function<Result<std::string>()>;

struct Answer {
  int status = 200;
  HttpHeaders headers{};
  std::string body{};
  BodySource source{};  ///< used instead of `body` where it is set
};

struct HttpServerOptions {
  Endpoint endpoint;
  std::size_t worker_threads = 32;
  std::size_t connections_max = 1024;
  std::size_t queued_requests_max = 256;  ///< beyond it requests are answered 503 at once
  std::uint32_t header_bytes_max = 16 * 1024;
  std::uint64_t body_bytes_max = 16 * 1024 * 1024;
  /// What all bodies above 16 KiB hold together until they are answered; beyond it the next is
  /// answered 503. Requires: no less than body_bytes_max.
  std::uint64_t large_bodies_bytes_max = 32 * 1024 * 1024;
  std::chrono::milliseconds request_timeout{
      10'000};  ///< from the first byte to the last, and when idle 6 times it
  /// Hears, on the loop's thread, with which status a client was refused that no handler saw.
  std::function<void(int status)> on_refused{};
};

/// An HTTP/1.1 server: sockets on an event loop, handlers on threads of its own, so that they may
/// block.
///
/// A connection holds what came of a request and no more: up to header_bytes_max, a body of 16 KiB,
/// and its part of the budget for large ones. A request that is refused before a handler sees it is
/// answered with the reason (400, 408, 413, 431, 503, 505), logged and told to `on_refused`.
///
/// Opened on the loop's thread or before it runs; destroyed after the loop ended. Thread safety:
/// endpoint() from anywhere; drain() on the loop's thread.
class HttpServer {
 public:
  using Handler = std::function<Answer(const IncomingRequest&)>;

  static Result<std::unique_ptr<HttpServer>> open(const HttpServerOptions& options, EventLoop& loop,
                                                  Handler handler, Logger logger);
  virtual ~HttpServer() = default;

  /// Returns where it listens, with the port that it got.
  virtual Endpoint endpoint() const = 0;

  /// Takes no new connection or request; calls `done` when the running ones are answered.
  virtual void drain(EventLoop::Task done) = 0;
};

/// Returns "Not Found" for 404 and so on.
std::string_view status_text(int status);

}  // namespace mobilake::net

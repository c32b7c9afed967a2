// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace mobilake::net {

/// Parses the requests of one connection, one after the other (RFC 9112), by Boost.Beast.
/// Thread safety: one thread.
class HttpParser {
 public:
  enum class Outcome { kNeedsMore, kRequest, kRefused };

  HttpParser(std::uint32_t header_bytes_max, std::uint64_t body_bytes_max);
  ~HttpParser();

  /// Takes bytes from the front of `buffer`. On kRequest, request() is whole and parsing has
  /// stopped behind it; on kRefused, refusal_status() says with which status to answer before
  /// closing.
  Outcome parse(std::string& buffer);

  IncomingRequest& request() { return request_; }
  bool keeps_alive() const { return keeps_alive_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  int refusal_status() const { return refusal_status_; }
  /// Returns whether a request has begun and is not whole.
  bool is_midway() const { return midway_; }
  /// Returns how much of the body has come: of the request that is on its way, else of request().
  std::size_t body_bytes() const;
  /// Drops what has come of a request that is not whole.
  void forget();
  /// Returns true once when the client waits for "100 Continue" before it sends the body.
  bool takes_continue();

 private:
  struct Inner;
  Outcome finish();

  std::uint32_t header_bytes_max_;
  std::uint64_t body_bytes_max_;
  std::unique_ptr<Inner> inner_;
  IncomingRequest request_;
  bool keeps_alive_ = true;
  bool is_http_1_0_ = false;
  bool midway_ = false;
  bool continue_sent_ = false;
  int refusal_status_ = 400;
};

/// Decodes %XX (and '+' as space where `plus_is_space`). Fails with: invalid.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace mobilake::net

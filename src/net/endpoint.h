// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mobilake::net {

/// Where a door listens: a numeric address and a port; port 0 picks a free one.
struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;

  std::string to_string() const;
  /// Returns whether only this machine can reach it.
  bool is_loopback() const;
};

/// Reads "HOST:PORT" or "[IPv6]:PORT"; "localhost" means 127.0.0.1. Fails with: invalid.
Result<Endpoint> parse_endpoint(std::string_view text);

/// A socket that closes itself.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  int descriptor() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  int release();
  void close();

 private:
  int descriptor_ = -1;
};

/// Listens on `endpoint`; several sockets may share it where `shared` (the kernel spreads
/// connections). Fails with: unavailable (in use, with what to do), invalid (the address), denied
/// (the port).
Result<Socket> listen_on(const Endpoint& endpoint, bool shared);

/// Returns the endpoint that a listening socket got.
Result<Endpoint> local_endpoint(const Socket& socket);

}  // namespace mobilake::net

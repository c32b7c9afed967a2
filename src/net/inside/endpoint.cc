// SPDX-License-Identifier: Apache-2.0
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

namespace mobilake::net {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family = AF_INET;
};

Result<Address> address_of(const Endpoint& endpoint) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, endpoint.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(endpoint.port);
    address.size = sizeof *v4;
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET6, endpoint.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(endpoint.port);
    address.size = sizeof *v6;
    address.family = AF_INET6;
    return address;
  }
  return invalid("a door listens on a numeric address such as 127.0.0.1, this is \"{}\"",
                 endpoint.host);
}

Error listen_error(const Endpoint& endpoint, int number) {
  const std::string why = std::generic_category().message(number);
  if (number == EADDRINUSE)
    return unavailable("{} is in use by another program; choose another port, or 0 for a free one",
                       endpoint.to_string());
  if (number == EACCES) return denied("listening on {}: {}", endpoint.to_string(), why);
  return unavailable("listening on {}: {}", endpoint.to_string(), why);
}

}  // namespace

std::string Endpoint::to_string() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

bool Endpoint::is_loopback() const {
  return host.starts_with("127.") || host == "::1";
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return invalid("expected HOST:PORT such as 127.0.0.1:8400, found \"{}\"", text);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Endpoint endpoint{host == "localhost" ? "127.0.0.1" : std::string(host), 0};
  const std::string_view port = text.substr(colon + 1);
  const auto [end, failure] =
      std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (failure != std::errc() || end != port.data() + port.size())
    return invalid("a port is a number from 0 to 65535, found \"{}\" in \"{}\"", port, text);
  MOBILAKE_TRY(address_of(endpoint));
  return endpoint;
}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = other.release();
  }
  return *this;
}

Socket::~Socket() {
  close();
}

int Socket::release() {
  return std::exchange(descriptor_, -1);
}

void Socket::close() {
  if (is_open()) ::close(release());
}

Result<Socket> listen_on(const Endpoint& endpoint, bool shared) {
  MOBILAKE_ASSIGN(const Address address, address_of(endpoint));
  Socket socket(::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return listen_error(endpoint, errno);
  const int one = 1;
  setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (shared) setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  if (::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address.storage),
             address.size) != 0 ||
      ::listen(socket.descriptor(), SOMAXCONN) != 0)
    return listen_error(endpoint, errno);
  return socket;
}

Result<Endpoint> local_endpoint(const Socket& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&storage), &size) != 0)
    return unavailable("asking a socket's address: {}", std::generic_category().message(errno));
  char text[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    return Endpoint{text, ntohs(v6->sin6_port)};
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
  inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
  return Endpoint{text, ntohs(v4->sin_port)};
}

}  // namespace mobilake::net

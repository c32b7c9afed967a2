// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/sockets/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace mobilake::ingest::mqtt {
namespace {

// What a turn takes at most, so that those who are connected are served in between.
constexpr int kAcceptsPerTurn = 64;
// How long nothing is accepted when the machine has no descriptor or memory for more.
constexpr std::chrono::milliseconds kRestTime{200};

// The kernel hands these down to each accepted socket. Its probes find the clients without a keep
// alive of their own whose network has gone.
void set_options(int descriptor) {
  const auto set = [descriptor](int level, int name, int value) {
    ::setsockopt(descriptor, level, name, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 120);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 30);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

}  // namespace

Result<> Acceptor::open(const net::Endpoint& endpoint) {
  MOBILAKE_ASSIGN(listener_, net::listen_on(endpoint, false));
  set_options(listener_.descriptor());
  MOBILAKE_ASSIGN(endpoint_, net::local_endpoint(listener_));
  return loops_.front()->events().watch(listener_.descriptor(), *this, true, false);
}

void Acceptor::close() {
  if (!listener_.is_open()) return;
  loops_.front()->events().forget(listener_.descriptor(), *this);
  listener_.close();
}

void Acceptor::on_event(bool, bool) {
  for (int i = 0; i < kAcceptsPerTurn; ++i)
    if (!accept_one()) return;
}

// Returns whether another may wait.
bool Acceptor::accept_one() {
  net::Socket socket(
      ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.is_open()) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    // The client was gone before we came to it, or the network has a fault of its own.
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return true;
    door_.logger.warning("taking an MQTT connection: {}", std::generic_category().message(errno));
    door_.sockets.count(SocketEnd::kAcceptFailed);
    rest();
    return false;
  }
  if (door_.sockets.open.value() >= static_cast<std::int64_t>(door_.config.connections_max)) {
    door_.sockets.count(SocketEnd::kTooMany);
    return true;
  }
  door_.sockets.open.add(1);
  loops_[next_]->adopt(std::move(socket));
  next_ = (next_ + 1) % loops_.size();
  return true;
}

// The waiting connection would wake the loop again and again.
void Acceptor::rest() {
  net::EventLoop& events = loops_.front()->events();
  events.change(listener_.descriptor(), *this, false, false);
  events.after(kRestTime, [this] {
    if (listener_.is_open())
      loops_.front()->events().change(listener_.descriptor(), *this, true, false);
  });
}

}  // namespace mobilake::ingest::mqtt

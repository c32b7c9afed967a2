// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <unordered_set>

#include "base/clock.h"
#include "cli/inside/interruption.h"
#include "cli/mqtt_publisher.h"

namespace mobilake::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::uint16_t kKeepAliveSeconds = 60;
constexpr std::size_t kSendAt = 32u << 10;
constexpr std::size_t kRemainingMax = 268'435'455;

void append_number(std::string& out, std::size_t value) {
  out.push_back(static_cast<char>((value >> 8) & 0xFF));
  out.push_back(static_cast<char>(value & 0xFF));
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out += text;
}

// The variable byte integer of MQTT 3.1.1 section 2.2.3.
void append_remaining(std::string& out, std::size_t value) {
  do {
    const std::size_t digit = value % 128;
    value /= 128;
    out.push_back(static_cast<char>(digit | (value > 0 ? 0x80u : 0u)));
  } while (value > 0);
}

class Socket {
 public:
  explicit Socket(int number) : number_(number) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(number_); }
  int number() const { return number_; }

 private:
  int number_;
};

class SocketMqttPublisher final : public MqttPublisher {
 public:
  SocketMqttPublisher(std::unique_ptr<Socket> socket, const MqttPublisherOptions& options)
      : socket_(std::move(socket)), options_(options) {}

  Result<> sign_in() {
    std::string body;
    append_text(body, "MQTT");
    body.push_back(4);
    const unsigned flags = 0x02u | (options_.username.empty() ? 0u : 0xC0u);
    body.push_back(static_cast<char>(flags));
    append_number(body, kKeepAliveSeconds);
    append_text(body, options_.client_id);
    if (!options_.username.empty()) {
      append_text(body, options_.username);
      append_text(body, options_.password);
    }
    out_.push_back(0x10);
    append_remaining(out_, body.size());
    out_ += body;
    return wait_until([this] { return signed_in_; });
  }

  Result<> publish(std::string_view topic, std::string_view payload) override {
    const std::size_t remaining = 2 + topic.size() + 2 + payload.size();
    if (topic.size() > 0xFFFF || remaining > kRemainingMax)
      return invalid("a message of {} bytes does not fit MQTT", remaining);
    MOBILAKE_TRY(wait_until([this] { return in_flight_.size() < options_.window; }));
    do
      next_id_ = next_id_ == 0xFFFF ? 1u : next_id_ + 1;
    while (in_flight_.contains(next_id_));
    in_flight_.insert(next_id_);
    out_.push_back(0x32);
    append_remaining(out_, remaining);
    append_text(out_, topic);
    append_number(out_, next_id_);
    out_ += payload;
    counts_.published += 1;
    if (out_.size() >= kSendAt) return exchange(milliseconds(0));
    return {};
  }

  Result<> idle(milliseconds span) override {
    const base::Instant end = base::system_clock().steady() + span;
    while (true) {
      const base::Instant now = base::system_clock().steady();
      const auto left = std::chrono::duration_cast<milliseconds>(end - now);
      MOBILAKE_TRY(keep_alive(now));
      MOBILAKE_TRY(exchange(std::max(milliseconds(0), left)));
      if (left.count() <= 0) return {};
    }
  }

  Result<> finish() override {
    MOBILAKE_TRY(wait_until([this] { return in_flight_.empty(); }));
    out_ += std::string("\xE0\x00", 2);
    return exchange(milliseconds(0));
  }

  PublisherCounts counts() const override {
    PublisherCounts counts = counts_;
    counts.refused = ended_ ? in_flight_.size() : 0;
    return counts;
  }

 private:
  template <typename Ready>
  Result<> wait_until(Ready ready) {
    const base::Instant end = base::system_clock().steady() + options_.timeout;
    while (!ready()) {
      const auto left =
          std::chrono::duration_cast<milliseconds>(end - base::system_clock().steady());
      if (left.count() <= 0)
        return timed_out("{} answered nothing for {} ms", options_.url, options_.timeout.count());
      MOBILAKE_TRY(exchange(left));
    }
    return {};
  }

  Result<> keep_alive(base::Instant now) {
    if (now - last_sent_ < std::chrono::seconds(kKeepAliveSeconds / 2) || !out_.empty()) return {};
    out_ += std::string("\xC0\x00", 2);
    return {};
  }

  Error end(std::string_view why) {
    ended_ = true;
    return unavailable("the MQTT connection to {} ended: {}", options_.url, why);
  }

  // Sends what waits and takes what has arrived; waits for either at most `span`.
  Result<> exchange(milliseconds span) {
    if (interrupted()) return cancelled("interrupted");
    if (ended_) return unavailable("the MQTT connection to {} has ended", options_.url);
    pollfd wanted{socket_->number(), POLLIN, 0};
    if (!out_.empty()) wanted.events |= POLLOUT;
    const int ready =
        ::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(span.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return end(std::strerror(errno));
    if (ready <= 0) return {};
    if ((wanted.revents & POLLOUT) != 0) MOBILAKE_TRY(send_some());
    if ((wanted.revents & (POLLIN | POLLHUP | POLLERR)) != 0) return receive_some();
    return {};
  }

  Result<> send_some() {
    const ssize_t sent = ::send(socket_->number(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return end(std::strerror(errno));
    if (sent > 0) {
      out_.erase(0, static_cast<std::size_t>(sent));
      last_sent_ = base::system_clock().steady();
    }
    return {};
  }

  Result<> receive_some() {
    char bytes[16'384];
    const ssize_t got = ::recv(socket_->number(), bytes, sizeof bytes, 0);
    if (got == 0) return end(signed_in_ ? "the server closed it" : "the sign-in was refused");
    if (got < 0 && errno != EAGAIN && errno != EINTR) return end(std::strerror(errno));
    if (got > 0) in_.append(bytes, static_cast<std::size_t>(got));
    // Everything that a server sends to a pure publisher has two bytes of head and at most two
    // more.
    std::size_t at = 0;
    while (in_.size() - at >= 2) {
      const auto remaining = static_cast<std::size_t>(static_cast<unsigned char>(in_[at + 1]));
      if (remaining > 2) return end("it sent a packet that no publisher expects");
      if (in_.size() - at < 2 + remaining) break;
      MOBILAKE_TRY(take(static_cast<unsigned char>(in_[at]),
                        std::string_view(in_).substr(at + 2, remaining)));
      at += 2 + remaining;
    }
    in_.erase(0, at);
    return {};
  }

  Result<> take(unsigned type, std::string_view body) {
    const auto byte = [&](std::size_t at) {
      return static_cast<unsigned>(static_cast<unsigned char>(body[at]));
    };
    if (type == 0x20 && body.size() == 2) {
      if (byte(1) == 4) return unauthenticated("{} refused user name and password", options_.url);
      if (byte(1) == 5) return denied("{} refused the connection", options_.url);
      if (byte(1) != 0)
        return unavailable("{} refused the connection, code {}", options_.url, byte(1));
      signed_in_ = true;
    } else if (type == 0x40 && body.size() == 2) {
      counts_.acknowledged += in_flight_.erase(byte(0) << 8 | byte(1));
    }
    return {};
  }

  std::unique_ptr<Socket> socket_;
  const MqttPublisherOptions options_;
  std::string out_;
  std::string in_;
  std::unordered_set<unsigned> in_flight_;
  unsigned next_id_ = 0;
  bool signed_in_ = false;
  bool ended_ = false;
  base::Instant last_sent_ = base::system_clock().steady();
  PublisherCounts counts_;
};

Result<std::unique_ptr<Socket>> connect_to(const std::string& url, milliseconds timeout) {
  constexpr std::string_view kScheme = "mqtt://";
  const std::string_view place = std::string_view(url).substr(std::min(url.size(), kScheme.size()));
  const std::size_t colon = place.rfind(':');
  if (!url.starts_with(kScheme) || colon == std::string_view::npos)
    return invalid("an MQTT address is mqtt://HOST:PORT, this is \"{}\"", url);
  std::string host(place.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code =
      ::getaddrinfo(host.c_str(), std::string(place.substr(colon + 1)).c_str(), &wanted, &found);
  if (code != 0) return unavailable("there is no {}: {}", host, gai_strerror(code));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  auto socket = std::make_unique<Socket>(
      ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  int failure = ::connect(socket->number(), found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
  if (failure == EINPROGRESS) {
    pollfd ready{socket->number(), POLLOUT, 0};
    failure = ::poll(&ready, 1, static_cast<int>(timeout.count())) == 1 ? 0 : ETIMEDOUT;
    socklen_t size = sizeof failure;
    if (failure == 0) ::getsockopt(socket->number(), SOL_SOCKET, SO_ERROR, &failure, &size);
  }
  if (failure != 0) return unavailable("no MQTT server at {}: {}", url, std::strerror(failure));
  const int on = 1;
  ::setsockopt(socket->number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

}  // namespace

Result<std::unique_ptr<MqttPublisher>> open_mqtt_publisher(const MqttPublisherOptions& options) {
  MOBILAKE_ASSIGN(auto socket, connect_to(options.url, options.timeout));
  auto publisher = std::make_unique<SocketMqttPublisher>(std::move(socket), options);
  MOBILAKE_TRY(publisher->sign_in());
  return std::unique_ptr<MqttPublisher>(std::move(publisher));
}

}  // namespace mobilake::cli

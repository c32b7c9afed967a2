// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <unordered_map>

#include "base/check.h"
#include "net/inside/http_parser.h"
#include "net/inside/http_refusal.h"
#include "net/inside/worker_pool.h"

namespace mobilake::net {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kIdleFactor = 6;
// Bodies up to this size are taken however many large ones are on their way.
constexpr std::size_t kSmallBodyBytes = 16 * 1024;
// A buffer with more room to spare than this is given back.
constexpr std::size_t kSpareBytesMax = 4 * 1024;
// How long and how much of what a refused client still sends is thrown away.
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr std::size_t kLingerBytesMax = 1024 * 1024;
// How long nobody is accepted after the machine had no descriptor.
constexpr std::chrono::milliseconds kAcceptPause{200};

class Server;

// What one connection is doing.
enum class Phase {
  kReading,
  kWaiting,
  kWriting,
  kLingering,  ///< refused and told so; what still comes is thrown away until the client closes
  kClosing,
};

/// One client connection. Lives on the loop's thread, owned by the server.
class Connection final : public EventHandler {
 public:
  Connection(Server& server, std::uint64_t id, Socket socket, std::string peer);
  ~Connection() override;

  Result<> start();
  void on_event(bool readable, bool writable) override;
  /// Takes the handler's answer, or the next piece of its body.
  void answer(Answer answer);
  void next_piece(Result<std::string> piece, BodySource source);
  bool is_busy() const { return phase_ == Phase::kWaiting || phase_ == Phase::kWriting; }
  void close_when_done() { keeps_alive_ = false; }

 private:
  void read_some();
  void parse();
  void take_more();
  bool hold_body();
  void discard(std::size_t count);
  void begin_linger();
  void on_timer();
  void refuse(int status);
  void begin_answer(const Answer& answer);
  void write_some();
  void pull();
  void finish_answer();
  void set_phase(Phase phase);
  void arm_timer(std::chrono::milliseconds delay);
  void close();

  Server& server_;
  const std::uint64_t id_;
  Socket socket_;
  const std::string peer_;
  HttpParser parser_;
  Phase phase_ = Phase::kReading;
  std::string in_;
  std::string out_;
  std::size_t written_ = 0;
  BodySource source_;
  std::size_t held_body_bytes_ = 0;  // of the server's budget for large bodies
  std::size_t discarded_bytes_ = 0;
  bool keeps_alive_ = true;
  bool refused_ = false;
  bool chunked_ = false;
  bool is_head_ = false;
  EventLoop::TimerId timer_ = 0;
};

class Server final : public HttpServer, public EventHandler {
 public:
  Server(const HttpServerOptions& options, EventLoop& loop, Handler handler, Logger logger)
      : options_(options),
        loop_(loop),
        handler_(std::move(handler)),
        logger_(std::move(logger)),
        read_buffer_(std::make_unique<char[]>(kReadBytes)) {}

  ~Server() override {
    pool_.reset();  // first, since its tasks post to connections
    if (accept_timer_ != 0) loop_.cancel(accept_timer_);
  }

  Result<> start() {
    MOBILAKE_ASSIGN(listener_, listen_on(options_.endpoint, false));
    MOBILAKE_ASSIGN(endpoint_, local_endpoint(listener_));
    pool_.emplace(options_.worker_threads, options_.queued_requests_max);
    return loop_.watch(listener_.descriptor(), *this, true, false);
  }

  Endpoint endpoint() const override { return endpoint_; }

  void drain(EventLoop::Task done) override {
    if (listener_.is_open()) {
      loop_.forget(listener_.descriptor(), *this);
      listener_.close();
      if (accept_timer_ != 0) loop_.cancel(std::exchange(accept_timer_, 0));
    }
    drained_ = std::move(done);
    std::vector<std::uint64_t> idle;
    for (auto& [id, connection] : connections_) {
      connection->close_when_done();
      if (!connection->is_busy()) idle.push_back(id);
    }
    for (const std::uint64_t id : idle)
      connections_.erase(id);
    report_drained();
  }

  void on_event(bool, bool) override {
    for (;;) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      Socket socket(accept4(listener_.descriptor(), reinterpret_cast<sockaddr*>(&address), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket.is_open()) return hold_accepting(errno);
      if (connections_.size() >= options_.connections_max) {
        note_refusal(503);  // the socket is closed at once
        continue;
      }
      const int one = 1;
      setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      const std::uint64_t id = ++last_id_;
      auto connection =
          std::make_unique<Connection>(*this, id, std::move(socket), peer_of(address));
      if (connection->start().ok()) connections_.emplace(id, std::move(connection));
    }
  }

  /// Runs the handler on a worker and brings its answer back, if the connection still lives by
  /// then.
  bool dispatch(std::uint64_t id, IncomingRequest request) {
    WorkerPool::Task task = [this, id, request = std::move(request)] {
      Answer answer = handler_(request);
      loop_.post([this, id, answer = std::move(answer)]() mutable {
        if (Connection* connection = find(id)) connection->answer(std::move(answer));
      });
    };
    return pool_->submit(task);
  }

  bool pull(std::uint64_t id, BodySource source) {
    WorkerPool::Task task = [this, id, source = std::move(source)]() mutable {
      Result<std::string> piece = source();
      loop_.post([this, id, piece = std::move(piece), source = std::move(source)]() mutable {
        if (Connection* connection = find(id))
          connection->next_piece(std::move(piece), std::move(source));
      });
    };
    return pool_->submit(task);
  }

  /// Ends a connection soon, but not under its own feet.
  void retire(std::uint64_t id) {
    loop_.post([this, id] {
      connections_.erase(id);
      report_drained();
    });
  }

  /// Takes `more` bytes of a large body into account, or says that the budget is used up.
  bool hold_body_bytes(std::size_t more) {
    if (large_body_bytes_ + more > options_.large_bodies_bytes_max) return false;
    large_body_bytes_ += more;
    return true;
  }
  void release_body_bytes(std::size_t bytes) { large_body_bytes_ -= bytes; }

  /// Tells the log, and who asked to hear it, of what no handler gets to see.
  void note_refusal(int status) {
    logger_.info("refused before it was a request: {} ({})", status, refusal_detail(status));
    if (options_.on_refused) options_.on_refused(status);
  }

  const HttpServerOptions& options() const { return options_; }
  EventLoop& loop() { return loop_; }
  char* read_buffer() { return read_buffer_.get(); }

 private:
  Connection* find(std::uint64_t id) {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
  }

  // Without descriptors the listener stays readable: the loop would spin.
  void hold_accepting(int failure) {
    if (failure == EAGAIN || failure == EWOULDBLOCK || accept_timer_ != 0) return;
    loop_.change(listener_.descriptor(), *this, false, false);
    accept_timer_ = loop_.after(kAcceptPause, [this] {
      accept_timer_ = 0;
      loop_.change(listener_.descriptor(), *this, true, false);
    });
  }

  void report_drained() {
    if (drained_ && connections_.empty()) std::exchange(drained_, nullptr)();
  }

  static std::string peer_of(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (address.ss_family == AF_INET6) {
      const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
      inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
      return Endpoint{text, ntohs(v6.sin6_port)}.to_string();
    }
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return Endpoint{text, ntohs(v4.sin_port)}.to_string();
  }

  HttpServerOptions options_;
  EventLoop& loop_;
  Handler handler_;
  Logger logger_;
  Socket listener_;
  Endpoint endpoint_;
  std::unique_ptr<char[]> read_buffer_;  // of all connections, which keep only what came
  std::size_t large_body_bytes_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t last_id_ = 0;
  EventLoop::TimerId accept_timer_ = 0;
  EventLoop::Task drained_;
  std::optional<WorkerPool> pool_;
};

Connection::Connection(Server& server, std::uint64_t id, Socket socket, std::string peer)
    : server_(server),
      id_(id),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      parser_(server.options().header_bytes_max, server.options().body_bytes_max) {}

Connection::~Connection() {
  server_.release_body_bytes(held_body_bytes_);
  if (timer_ != 0) server_.loop().cancel(timer_);
  if (socket_.is_open()) server_.loop().forget(socket_.descriptor(), *this);
}

Result<> Connection::start() {
  arm_timer(server_.options().request_timeout);
  return server_.loop().watch(socket_.descriptor(), *this, true, false);
}

void Connection::on_event(bool readable, bool writable) {
  // While a handler works nothing is watched, so an event can only mean that the client is gone.
  if (phase_ == Phase::kWaiting) return close();
  if (readable && (phase_ == Phase::kReading || phase_ == Phase::kLingering)) read_some();
  if (writable && phase_ == Phase::kWriting) write_some();
}

void Connection::read_some() {
  char* const buffer = server_.read_buffer();
  const ssize_t got = ::recv(socket_.descriptor(), buffer, kReadBytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return close();
  const auto count = static_cast<std::size_t>(got);
  if (phase_ == Phase::kLingering) return discard(count);
  in_.append(buffer, count);
  parse();
}

void Connection::parse() {
  const bool was_midway = parser_.is_midway();
  switch (parser_.parse(in_)) {
    case HttpParser::Outcome::kNeedsMore:
      if (parser_.is_midway() && !was_midway) arm_timer(server_.options().request_timeout);
      return take_more();
    case HttpParser::Outcome::kRefused:
      return refuse(parser_.refusal_status());
    case HttpParser::Outcome::kRequest:
      break;
  }
  if (!hold_body()) return refuse(503);
  keeps_alive_ = keeps_alive_ && parser_.keeps_alive();
  is_head_ = parser_.request().method == "HEAD";
  parser_.request().peer = peer_;
  set_phase(Phase::kWaiting);
  if (!server_.dispatch(id_, std::move(parser_.request()))) {
    keeps_alive_ = false;
    answer(refusal_of(503));
  }
}

// Judges what has come of a request that is not whole yet.
void Connection::take_more() {
  // The parser has taken all that it can: only a line without an end is left over.
  if (in_.size() > server_.options().header_bytes_max) return refuse(431);
  if (in_.capacity() > in_.size() + kSpareBytesMax) in_.shrink_to_fit();
  if (!hold_body()) return refuse(503);
  if (!parser_.takes_continue()) return;
  // Small and first on an idle socket: it is taken whole, or the client goes on without it.
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  [[maybe_unused]] const auto sent =
      ::send(socket_.descriptor(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
}

// Large bodies of all connections share a budget until they are answered: whoever sends them has
// not proved yet who they are.
bool Connection::hold_body() {
  const std::size_t bytes = parser_.body_bytes();
  if (bytes <= kSmallBodyBytes || bytes <= held_body_bytes_) return true;
  if (!server_.hold_body_bytes(bytes - held_body_bytes_)) return false;
  held_body_bytes_ = bytes;
  return true;
}

void Connection::refuse(int status) {
  server_.note_refusal(status);
  refused_ = true;
  keeps_alive_ = false;
  parser_.forget();
  std::string().swap(in_);
  set_phase(Phase::kWaiting);
  answer(refusal_of(status));
}

void Connection::answer(Answer answer) {
  server_.release_body_bytes(std::exchange(held_body_bytes_, 0));
  source_ = std::move(answer.source);
  begin_answer(answer);
  set_phase(Phase::kWriting);
  write_some();
}

void Connection::begin_answer(const Answer& answer) {
  chunked_ = static_cast<bool>(source_) && !parser_.is_http_1_0();
  if (source_ && !chunked_) keeps_alive_ = false;
  out_ = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, status_text(answer.status));
  for (const auto& [name, value] : answer.headers)
    out_ += fmt::format("{}: {}\r\n", name, value);
  if (chunked_)
    out_ += "transfer-encoding: chunked\r\n";
  else if (!source_ && answer.status != 204)
    out_ += fmt::format("content-length: {}\r\n", answer.body.size());
  if (!keeps_alive_) out_ += "connection: close\r\n";
  out_ += "\r\n";
  if (is_head_)
    source_ = nullptr;
  else if (!source_)
    out_ += answer.body;
  written_ = 0;
}

void Connection::write_some() {
  while (written_ < out_.size()) {
    const ssize_t sent =
        ::send(socket_.descriptor(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      server_.loop().change(socket_.descriptor(), *this, false, true);
      return arm_timer(server_.options().request_timeout * kIdleFactor);
    }
    if (sent < 0) return close();
    written_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  written_ = 0;
  if (source_) return pull();
  finish_answer();
}

void Connection::pull() {
  set_phase(Phase::kWaiting);
  if (!server_.pull(id_, std::move(source_))) close();
}

void Connection::next_piece(Result<std::string> piece, BodySource source) {
  // The status line is out: only a cut connection can tell the client that the body is not whole.
  if (!piece.ok()) return close();
  if (piece->empty()) {
    if (chunked_) out_ = "0\r\n\r\n";
  } else {
    source_ = std::move(source);
    out_ = chunked_ ? fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece) : *std::move(piece);
  }
  set_phase(Phase::kWriting);
  write_some();
}

void Connection::finish_answer() {
  if (refused_) return begin_linger();
  if (!keeps_alive_) return close();
  set_phase(Phase::kReading);
  arm_timer(server_.options().request_timeout * kIdleFactor);
  if (!in_.empty()) parse();
}

void Connection::begin_linger() {
  // Closing with bytes unread would send a reset, which may overtake the answer.
  ::shutdown(socket_.descriptor(), SHUT_WR);
  set_phase(Phase::kLingering);
  arm_timer(kLingerTime);
}

void Connection::discard(std::size_t count) {
  discarded_bytes_ += count;
  if (discarded_bytes_ > kLingerBytesMax) close();
}

void Connection::set_phase(Phase phase) {
  phase_ = phase;
  const bool reads = phase == Phase::kReading || phase == Phase::kLingering;
  server_.loop().change(socket_.descriptor(), *this, reads, false);
}

void Connection::arm_timer(std::chrono::milliseconds delay) {
  if (timer_ != 0) server_.loop().cancel(timer_);
  timer_ = server_.loop().after(delay, [this] {
    timer_ = 0;
    on_timer();
  });
}

void Connection::on_timer() {
  if (phase_ == Phase::kWaiting) return;
  if (phase_ == Phase::kReading && parser_.is_midway()) return refuse(408);
  close();
}

void Connection::close() {
  if (phase_ == Phase::kClosing) return;
  phase_ = Phase::kClosing;
  server_.loop().forget(socket_.descriptor(), *this);
  socket_.close();
  server_.retire(id_);
}

}  // namespace

std::string_view IncomingRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const HttpServerOptions& options,
                                                     EventLoop& loop, Handler handler,
                                                     Logger logger) {
  auto server = std::make_unique<Server>(options, loop, std::move(handler), std::move(logger));
  MOBILAKE_TRY(server->start());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace mobilake::net

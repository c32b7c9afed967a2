// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <unordered_map>

#include "base/check.h"
#include "net/inside/http_parser.h"
#include "net/inside/worker_pool.h"

namespace mobilake::net {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kIdleFactor = 6;

class Server;

std::string_view refusal_detail(int status) {
  switch (status) {
    case 413:
      return "the body is larger than this server takes";
    case 431:
      return "the header fields are larger than this server takes";
    case 503:
      return "too many requests are waiting; ask again later";
    default:
      return "this is no request of HTTP/1.1";
  }
}

// What is refused before a handler sees it, as a problem document (RFC 9457).
Answer refusal_of(int status) {
  const std::string_view code = status == 503 ? "unavailable" : "invalid";
  Answer answer;
  answer.status = status;
  answer.headers["content-type"] = "application/problem+json";
  if (status == 503) answer.headers["retry-after"] = "1";
  answer.body =
      fmt::format(R"({{"type":"urn:mobilake:problem:{}","title":"{}","status":{},"detail":"{}",)"
                  R"("code":"{}","request_id":""}})",
                  code, status_text(status), status, refusal_detail(status), code);
  return answer;
}

// What one connection is doing.
enum class Phase { kReading, kWaiting, kWriting, kClosing };

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
  bool keeps_alive_ = true;
  bool chunked_ = false;
  bool is_head_ = false;
  EventLoop::TimerId timer_ = 0;
};

class Server final : public HttpServer, public EventHandler {
 public:
  Server(const HttpServerOptions& options, EventLoop& loop, Handler handler, Logger logger)
      : options_(options), loop_(loop), handler_(std::move(handler)), logger_(std::move(logger)) {}

  ~Server() override {
    pool_.reset();  // first, since its tasks post to connections
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
      if (!socket.is_open()) return;
      if (connections_.size() >= options_.connections_max) continue;  // closed at once
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

  const HttpServerOptions& options() const { return options_; }
  EventLoop& loop() { return loop_; }

 private:
  Connection* find(std::uint64_t id) {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
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
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t last_id_ = 0;
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
  if (readable && phase_ == Phase::kReading) read_some();
  if (writable && (phase_ == Phase::kWriting || phase_ == Phase::kClosing)) write_some();
}

void Connection::read_some() {
  const std::size_t before = in_.size();
  in_.resize(before + kReadBytes);
  const ssize_t got = ::recv(socket_.descriptor(), in_.data() + before, kReadBytes, 0);
  in_.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return close();
  parse();
}

void Connection::parse() {
  const bool was_midway = parser_.is_midway();
  switch (parser_.parse(in_)) {
    case HttpParser::Outcome::kNeedsMore:
      if (parser_.is_midway() && !was_midway) arm_timer(server_.options().request_timeout);
      if (parser_.takes_continue()) {
        // Small and first on an idle socket: it is taken whole, or the client goes on without it.
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        [[maybe_unused]] const auto sent =
            ::send(socket_.descriptor(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
      }
      return;
    case HttpParser::Outcome::kRefused:
      return refuse(parser_.refusal_status());
    case HttpParser::Outcome::kRequest:
      break;
  }
  keeps_alive_ = keeps_alive_ && parser_.keeps_alive();
  is_head_ = parser_.request().method == "HEAD";
  parser_.request().peer = peer_;
  set_phase(Phase::kWaiting);
  if (!server_.dispatch(id_, std::move(parser_.request()))) {
    keeps_alive_ = false;
    answer(refusal_of(503));
  }
}

void Connection::refuse(int status) {
  keeps_alive_ = false;
  set_phase(Phase::kWaiting);
  answer(refusal_of(status));
}

void Connection::answer(Answer answer) {
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
  if (!keeps_alive_) return close();
  set_phase(Phase::kReading);
  arm_timer(server_.options().request_timeout * kIdleFactor);
  if (!in_.empty()) parse();
}

void Connection::set_phase(Phase phase) {
  phase_ = phase;
  server_.loop().change(socket_.descriptor(), *this, phase == Phase::kReading, false);
}

void Connection::arm_timer(std::chrono::milliseconds delay) {
  if (timer_ != 0) server_.loop().cancel(timer_);
  timer_ = server_.loop().after(delay, [this] {
    timer_ = 0;
    if (phase_ != Phase::kWaiting) close();
  });
}

void Connection::close() {
  if (phase_ == Phase::kClosing) return;
  phase_ = Phase::kClosing;
  server_.loop().forget(socket_.descriptor(), *this);
  socket_.close();
  server_.retire(id_);
}

struct StatusRow {
  int status;
  std::string_view text;
};

constexpr std::array<StatusRow, 25> kStatusTexts{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
}};

}  // namespace

std::string_view IncomingRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view status_text(int status) {
  for (const StatusRow& row : kStatusTexts)
    if (row.status == status) return row.text;
  return "Unknown";
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const HttpServerOptions& options,
                                                     EventLoop& loop, Handler handler,
                                                     Logger logger) {
  auto server = std::make_unique<Server>(options, loop, std::move(handler), std::move(logger));
  MOBILAKE_TRY(server->start());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace mobilake::net

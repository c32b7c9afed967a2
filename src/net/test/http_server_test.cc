// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <future>
#include <thread>

#include "base/guarded.h"
#include "net/inside/http_parser.h"

namespace mobilake::net {
namespace {

/// A server on a thread of its own with a handler that echoes.
class HttpServerTest : public testing::Test {
 protected:
  static constexpr std::size_t kBodyBytesMax = 40'000;

  void SetUp() override {
    loop_ = *EventLoop::open(base::system_clock());
    HttpServerOptions options;
    options.body_bytes_max = kBodyBytesMax;
    options.large_bodies_bytes_max = kBodyBytesMax;
    options.request_timeout = std::chrono::milliseconds(500);
    options.on_refused = [this](int status) { refused_.lock()->push_back(status); };
    options.worker_threads = 2;
    server_ =
        *HttpServer::open(options, *loop_, [](const IncomingRequest& r) { return handle(r); }, {});
    thread_ = std::thread([this] { loop_->run(); });
    base_url_ = "http://" + server_->endpoint().to_string();
  }

  void TearDown() override {
    loop_->stop();
    thread_.join();
    server_.reset();
  }

  static Answer handle(const IncomingRequest& request) {
    if (request.path == "/pieces") {
      Answer answer;
      answer.source = [left = 5]() mutable -> Result<std::string> {
        return left-- > 0 ? std::string(100'000, 'x') : std::string();
      };
      return answer;
    }
    if (request.path == "/torn") {
      Answer answer;
      answer.source = [first = true]() mutable -> Result<std::string> {
        if (!std::exchange(first, false)) return unavailable("gone");
        return std::string("half");
      };
      return answer;
    }
    std::string body = request.method + " " + request.path;
    for (const auto& [name, value] : request.query)
      body += " " + name + "=" + value;
    return {200, {{"content-type", "text/plain"}}, body + " " + request.body, nullptr};
  }

  Socket connect_raw() {
    Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->endpoint().port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address),
              0);
    return socket;
  }

  static void send_raw(const Socket& socket, std::string_view bytes) {
    EXPECT_EQ(::send(socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  /// Sends raw bytes and returns all that comes back until the server closes.
  std::string exchange_raw(std::string_view bytes) {
    const Socket socket = connect_raw();
    send_raw(socket, bytes);
    return read_all(socket);
  }

  static std::string read_all(const Socket& socket) {
    std::string answer;
    char buffer[4096];
    for (ssize_t got; (got = ::recv(socket.descriptor(), buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(got));
    return answer;
  }

  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
  std::string base_url_;
  Guarded<std::vector<int>> refused_;
};

TEST_F(HttpServerTest, AnswersRequestsOfOneConnectionOneAfterTheOther) {
  auto client = open_http_client();
  for (int i = 0; i < 3; ++i) {
    const auto answer = client->send({"POST", base_url_ + "/a%20b?x=1&y=%2F", {}, "body"});
    ASSERT_TRUE(answer.ok()) << answer.error().to_string();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "POST /a b x=1 y=/ body");
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  const std::string answer = exchange_raw(
      "GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  const std::size_t first = answer.find("GET /1");
  const std::size_t second = answer.find("GET /2");
  ASSERT_NE(first, std::string::npos);
  ASSERT_NE(second, std::string::npos);
  EXPECT_LT(first, second);
}

TEST_F(HttpServerTest, StreamsABodyWholeAndCutsTheConnectionOnAnError) {
  auto client = open_http_client();
  const auto whole = client->send({"GET", base_url_ + "/pieces"});
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->body.size(), 500'000u);
  EXPECT_FALSE(client->send({"GET", base_url_ + "/torn"}).ok());
}

TEST_F(HttpServerTest, RefusesHostileRequestsByName) {
  EXPECT_NE(exchange_raw("GARBAGE\r\n\r\n").find("400 Bad Request"), std::string::npos);
  EXPECT_NE(
      exchange_raw("GET / HTTP/1.1\r\nx: " + std::string(20'000, 'a') + "\r\n\r\n").find(" 431 "),
      std::string::npos);
  EXPECT_NE(
      exchange_raw("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 40001\r\n\r\n").find(" 413 "),
      std::string::npos);
  EXPECT_NE(exchange_raw("GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n").find("400 Bad Request"),
            std::string::npos);
  auto client = open_http_client();
  EXPECT_EQ(client->send({"GET", base_url_ + "/after"})->status, 200);
  EXPECT_EQ(*refused_.lock(), (std::vector<int>{400, 431, 413, 400}));
}

TEST_F(HttpServerTest, AClientThatGoesOnSendingStillHearsWhyItWasRefused) {
  const std::string flood(900'000, 'x');
  const std::string head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 900000\r\n\r\n";
  EXPECT_NE(exchange_raw(head + flood).find(" 413 "), std::string::npos);
}

TEST_F(HttpServerTest, ALineWithoutAnEndIsRefusedWhereverItStands) {
  const std::string head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
  EXPECT_NE(exchange_raw(head + "5;x=" + std::string(200'000, 'x')).find(" 431 "),
            std::string::npos);
}

TEST_F(HttpServerTest, ARequestThatDoesNotComeWholeInTimeIsToldSo) {
  EXPECT_NE(exchange_raw("GET / HTTP/1.1\r\nhost:").find(" 408 "), std::string::npos);
  EXPECT_NE(
      exchange_raw("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf").find(" 408 "),
      std::string::npos);
  EXPECT_EQ(*refused_.lock(), (std::vector<int>{408, 408}));
}

TEST_F(HttpServerTest, LargeBodiesShareABudgetAndSmallOnesNeedNone) {
  const std::string head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 40000\r\n\r\n";
  const Socket holder = connect_raw();
  send_raw(holder, head + std::string(30'000, 'x'));
  auto client = open_http_client();
  // The holder's bytes were sent first, to the same loop: they are read by now or soon.
  Result<HttpResponse> large =
      client->send({"POST", base_url_ + "/", {}, std::string(30'000, 'y')});
  ASSERT_TRUE(large.ok());
  EXPECT_EQ(large->status, 503);
  EXPECT_EQ(client->send({"POST", base_url_ + "/", {}, std::string(16'000, 'y')})->status, 200);
  EXPECT_NE(read_all(holder).find(" 408 "), std::string::npos);
  // What the holder had is free again.
  EXPECT_EQ(client->send({"POST", base_url_ + "/", {}, std::string(40'000, 'y')})->status, 200);
}

TEST_F(HttpServerTest, ConcurrentClientsGetTheirOwnAnswersWhileStrangersAreRefused) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([this, t] {
      auto client = open_http_client();
      for (int i = 0; i < 20; ++i) {
        const std::string body = fmt::format("{}-{}", t, i);
        const auto answer = client->send({"POST", base_url_ + "/echo", {}, body});
        ASSERT_TRUE(answer.ok()) << answer.error().to_string();
        ASSERT_EQ(answer->body, "POST /echo " + body);
        const auto pieces = client->send({"GET", base_url_ + "/pieces"});
        ASSERT_TRUE(pieces.ok());
        ASSERT_EQ(pieces->body.size(), 500'000u);
      }
    });
  for (int i = 0; i < 20; ++i)
    EXPECT_NE(exchange_raw("GARBAGE\r\n\r\n").find("400 Bad Request"), std::string::npos);
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(refused_.lock()->size(), 20u);
}

TEST_F(HttpServerTest, DrainsToNothingWhenIdle) {
  auto client = open_http_client();
  ASSERT_TRUE(client->send({"GET", base_url_ + "/"}).ok());
  std::promise<void> drained;
  loop_->post([&] { server_->drain([&] { drained.set_value(); }); });
  drained.get_future().wait();
  EXPECT_EQ(client->send({"GET", base_url_ + "/"}).error().code, Code::kUnavailable);
}

TEST(PercentDecodeTest, RefusesHalfEscapes) {
  EXPECT_EQ(*percent_decode("a%2Fb+c", true), "a/b c");
  EXPECT_EQ(*percent_decode("a+b", false), "a+b");
  EXPECT_FALSE(percent_decode("%", false).ok());
  EXPECT_FALSE(percent_decode("%4", false).ok());
  EXPECT_FALSE(percent_decode("%4g", false).ok());
}

}  // namespace
}  // namespace mobilake::net

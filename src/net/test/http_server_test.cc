// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <future>
#include <thread>

#include "net/inside/http_parser.h"

namespace mobilake::net {
namespace {

/// A server on a thread of its own with a handler that echoes.
class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    loop_ = *EventLoop::open(base::system_clock());
    HttpServerOptions options;
    options.body_bytes_max = 1000;
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

  /// Sends raw bytes and returns all that comes back until the server closes.
  std::string exchange_raw(std::string_view bytes) {
    const Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->endpoint().port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address),
              0);
    EXPECT_EQ(::send(socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
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
      exchange_raw("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n").find(" 413 "),
      std::string::npos);
  EXPECT_NE(exchange_raw("GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n").find("400 Bad Request"),
            std::string::npos);
  auto client = open_http_client();
  EXPECT_EQ(client->send({"GET", base_url_ + "/after"})->status, 200);
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

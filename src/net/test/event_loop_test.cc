// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "net/endpoint.h"

namespace mobilake::net {
namespace {

std::unique_ptr<EventLoop> open_loop() {
  auto loop = EventLoop::open(base::system_clock());
  EXPECT_TRUE(loop.ok());
  return std::move(*loop);
}

TEST(EventLoopTest, RunsPostedTasksOfAllThreadsInTheirOrderConcurrently) {
  auto loop = open_loop();
  constexpr int kThreads = 4;
  constexpr int kTasks = 1000;
  std::vector<std::vector<int>> seen(kThreads);
  std::atomic<int> left{kThreads * kTasks};
  std::vector<std::thread> posters;
  for (std::size_t t = 0; t < kThreads; ++t)
    posters.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i)
        loop->post([&, t, i] {
          seen[t].push_back(i);
          if (--left == 0) loop->stop();
        });
    });
  loop->run();
  for (auto& poster : posters)
    poster.join();
  for (const auto& tasks : seen) {
    ASSERT_EQ(tasks.size(), static_cast<std::size_t>(kTasks));
    for (int i = 0; i < kTasks; ++i)
      EXPECT_EQ(tasks[static_cast<std::size_t>(i)], i);
  }
}

TEST(EventLoopTest, RunsTimersByDeadlineAndNotTheCancelledOne) {
  auto loop = open_loop();
  std::string order;
  loop->after(std::chrono::milliseconds(20), [&] {
    order += "c";
    loop->stop();
  });
  loop->after(std::chrono::milliseconds(1), [&] { order += "a"; });
  const auto cancelled = loop->after(std::chrono::milliseconds(5), [&] { order += "x"; });
  loop->after(std::chrono::milliseconds(10), [&] { order += "b"; });
  loop->cancel(cancelled);
  loop->run();
  EXPECT_EQ(order, "abc");
}

// Two handlers that are ready in one turn; whichever runs first forgets the other.
class Rival final : public EventHandler {
 public:
  void on_event(bool, bool) override {
    ++calls;
    loop->forget(rival_descriptor, *rival);
    loop->stop();
  }
  EventLoop* loop = nullptr;
  Rival* rival = nullptr;
  int rival_descriptor = -1;
  int calls = 0;
};

TEST(EventLoopTest, AForgottenHandlerHearsNothingOfTheSameTurn) {
  auto loop = open_loop();
  int first[2];
  int second[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, first), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, second), 0);
  const Socket a(first[0]), a_peer(first[1]), b(second[0]), b_peer(second[1]);
  ASSERT_EQ(write(a_peer.descriptor(), "x", 1), 1);
  ASSERT_EQ(write(b_peer.descriptor(), "x", 1), 1);
  Rival one, two;
  one.loop = two.loop = loop.get();
  one.rival = &two;
  two.rival = &one;
  one.rival_descriptor = b.descriptor();
  two.rival_descriptor = a.descriptor();
  ASSERT_TRUE(loop->watch(a.descriptor(), one, true, false).ok());
  ASSERT_TRUE(loop->watch(b.descriptor(), two, true, false).ok());
  loop->run();
  EXPECT_EQ(one.calls + two.calls, 1);
}

TEST(EndpointTest, ReadsAddressesAndRefusesWhatIsNone) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8400")->to_string(), "127.0.0.1:8400");
  EXPECT_EQ(parse_endpoint("localhost:0")->host, "127.0.0.1");
  EXPECT_EQ(parse_endpoint("[::1]:80")->to_string(), "[::1]:80");
  EXPECT_TRUE(parse_endpoint("[::1]:80")->is_loopback());
  EXPECT_FALSE(parse_endpoint("0.0.0.0:80")->is_loopback());
  for (const char* wrong : {"127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "example.org:80", ":80"})
    EXPECT_EQ(parse_endpoint(wrong).error().code, Code::kInvalid) << wrong;
}

TEST(EndpointTest, SaysThatAPortIsInUse) {
  auto first = listen_on({"127.0.0.1", 0}, false);
  ASSERT_TRUE(first.ok());
  const auto taken = local_endpoint(*first);
  ASSERT_TRUE(taken.ok());
  const auto second = listen_on(*taken, false);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("in use by another program"), std::string::npos);
}

}  // namespace
}  // namespace mobilake::net

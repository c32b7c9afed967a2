// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "ingest/test/mqtt_source_fixture.h"

namespace mobilake::ingest::mqtt {
namespace {

constexpr log::Family kData = log::Family::kData;

/// Slow, broken and hostile clients, and what the machine runs out of.
class MqttSourceLimitsTest : public MqttSourceTest {
 protected:
  // Sends `bytes` over and over, from `at` on, until the socket takes no more.
  static void fill(MqttClient& client, std::string_view bytes, std::size_t& at) {
    for (;;) {
      const ssize_t sent = ::send(client.descriptor(), bytes.data() + at, bytes.size() - at,
                                  MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) return;
      at = (at + static_cast<std::size_t>(sent)) % bytes.size();
    }
  }
  // Waits until the server has closed or reset the connection.
  static bool is_cut(const MqttClient& client) {
    pollfd watched{client.descriptor(), POLLRDHUP, 0};
    return ::poll(&watched, 1, 20'000) == 1;
  }
};

TEST_F(MqttSourceLimitsTest, TakesAPacketThatComesInTwoPiecesCutAnywhere) {
  open();
  MqttClient vehicle = this->gateway();  // without a rate limit
  const std::string payload(10'000, 'p');
  const std::string packet = vehicle.publish_bytes(1, kTopicV1, payload);
  const std::string ping = wire(Pingreq{}, vehicle.version());
  std::vector<std::size_t> cuts;
  for (std::size_t at = 1; at < packet.size(); at += at < 64 || at + 64 > packet.size() ? 1 : 97)
    cuts.push_back(at);
  for (const std::size_t at : cuts) {
    // One piece with PINGREQ: its answer says that the server has read up to the cut.
    ASSERT_TRUE(vehicle.send(ping + packet.substr(0, at)));
    ASSERT_NE(vehicle.read_as<Pingresp>(), nullptr);
    ASSERT_TRUE(vehicle.send(packet.substr(at)));
    ASSERT_TRUE(vehicle.is_acked(1)) << "cut at " << at;
  }
  const std::vector<SeenRecord> records = log.records();
  EXPECT_EQ(records.size(), cuts.size());
  EXPECT_TRUE(std::all_of(records.begin(), records.end(),
                          [&](const SeenRecord& record) { return record.payload == payload; }));
}

TEST_F(MqttSourceLimitsTest, RefusesHugeFirstPacketsByNameWhileOthersGoOn) {
  open();
  MqttClient vehicle = this->vehicle();
  // Remaining length 104,857,600, in each of the packets that may not come first, and as CONNECT.
  const std::string flood(1U << 20U, '\0');
  std::uint16_t id = 0;
  for (int type = 1; type <= 14; ++type) {
    const int flags = type == 6 || type == 8 || type == 10 ? 2 : type == 3 ? 2 : 0;
    MqttClient hostile = client();
    const std::string head{static_cast<char>(type << 4 | flags), '\x80', '\x80', '\x80', '\x32'};
    ASSERT_TRUE(hostile.send(head));
    for (int i = 0; i < 100 && hostile.send(flood); ++i) {
    }
    EXPECT_TRUE(is_cut(hostile)) << "packet type " << type;
    ASSERT_TRUE(vehicle.publish(++id, kTopicV1));
    EXPECT_TRUE(vehicle.is_acked(id));
  }
  const MqttStatus status = source->status();
  std::uint64_t refused = 0;
  for (const auto& [reason, count] : status.ended)
    refused += count;
  EXPECT_EQ(refused, 14u);
  EXPECT_EQ(status.ended.at("packet too large"), 1u);  // the CONNECT
}

TEST_F(MqttSourceLimitsTest, EndsAStrangerThatNeverFinishesConnect) {
  config.connect_time_max = std::chrono::milliseconds(100);
  open();
  MqttClient silent = client();
  MqttClient half = client();
  ASSERT_TRUE(half.send(from_hex("10 20 00 04 4d 51")));
  EXPECT_TRUE(silent.is_ended());
  EXPECT_TRUE(half.is_ended());
  EXPECT_EQ(ended("maximum connect time"), 2u);
}

TEST_F(MqttSourceLimitsTest, ForgetsAClientThatIsGoneWithoutAGoodbye) {
  open();
  {
    const MqttClient vehicle = this->vehicle();
    EXPECT_EQ(source->status().connections, 1u);
  }
  EXPECT_TRUE(eventually([&] { return source->status().connections == 0; }));
  EXPECT_EQ(ended("connection lost"), 1u);
}

TEST_F(MqttSourceLimitsTest, ForgetsAClientThatIsResetWhileItIsNotRead) {
  config.in_flight_size = {64U << 10U};
  open();
  log.hold(kData);
  {
    MqttClient gateway = this->gateway();
    std::size_t at = 0;
    fill(gateway, gateway.publish_bytes(0, topic_of("w0"), std::string(60'000, 'x')), at);
    ASSERT_TRUE(log.wait_for_held_bytes(64U << 10U));
    const linger reset{1, 0};
    ::setsockopt(gateway.descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  EXPECT_TRUE(eventually([&] { return source->status().connections == 0; }));
}

TEST_F(MqttSourceLimitsTest, ReadsNoFurtherThanTheLogCanTake) {
  config.in_flight_size = {64U << 10U};
  open();
  MqttClient gateway = this->gateway();
  log.hold(kData);
  const std::string payload(1'000, 'x');
  std::string packets;
  for (std::uint16_t id = 1; id <= 1'000; ++id)
    packets += gateway.publish_bytes(id, topic_of("w0"), payload);
  std::jthread sender([&] { gateway.send(packets); });
  ASSERT_TRUE(log.wait_for_held_bytes(64U << 10U));
  // Each takes the loop a turn in which it could have read on.
  std::vector<MqttClient> strangers;
  for (std::uint64_t i = 0; i < 20; ++i) {
    strangers.push_back(client());
    ASSERT_TRUE(eventually([&] { return source->status().connections == 2 + i; }));
  }
  log.let_go(kData);
  for (std::uint16_t id = 1; id <= 1'000; ++id)
    ASSERT_TRUE(gateway.is_acked(id)) << id;
  sender.join();
  // The budget, one read that was begun below it, and what records need beside the payload.
  EXPECT_LT(log.held_bytes_max(), 160U << 10U);
  expect_conserved();
}

TEST_F(MqttSourceLimitsTest, EndsAClientThatTakesNoAnswers) {
  config.write_time_max = std::chrono::milliseconds(200);
  open();
  MqttClient slow = this->vehicle("slow");
  MqttClient other = this->vehicle("other");
  const int small = 4'096;
  ::setsockopt(slow.descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  std::size_t at = 0;
  std::string pings;
  for (int i = 0; i < 10'000; ++i)
    pings += wire(Pingreq{}, slow.version());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (ended("answers not taken") == 0 && std::chrono::steady_clock::now() < end)
    fill(slow, pings, at);
  EXPECT_EQ(ended("answers not taken"), 1u);
  EXPECT_TRUE(is_cut(slow));
  EXPECT_TRUE(other.ping());
}

TEST_F(MqttSourceLimitsTest, TakesNoMoreConnectionsThanItMay) {
  config.connections_max = 2;
  open();
  MqttClient first = vehicle("first");
  {
    MqttClient second = vehicle("second");
    MqttClient third = client();
    EXPECT_TRUE(third.is_ended());
  }
  EXPECT_EQ(ended("too many connections"), 1u);
  ASSERT_TRUE(eventually([&] { return source->status().connections == 1; }));
  EXPECT_TRUE(vehicle("fourth").ping());
  EXPECT_TRUE(first.ping());
}

TEST_F(MqttSourceLimitsTest, AcceptsAgainWhenTheMachineHasDescriptorsAgain) {
  open();
  MqttClient vehicle = this->vehicle();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const net::Socket waiting(::socket(AF_INET, SOCK_STREAM, 0));
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(waiting.descriptor()) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<net::Socket> fillers;  // the numbers below the limit that are free
  for (int copy = ::dup(waiting.descriptor()); copy >= 0; copy = ::dup(waiting.descriptor()))
    fillers.emplace_back(copy);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(source->endpoint().port);
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  ASSERT_EQ(
      ::connect(waiting.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
      0);
  EXPECT_TRUE(eventually([&] { return ended("no descriptor or memory") > 0; }));
  EXPECT_TRUE(vehicle.ping());
  fillers.clear();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(eventually([&] { return source->status().connections == 2; }));
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
// Loads an MQTT 5 server with QoS 1 publishes from one thread and prints acks per second and the
// time from publish to PUBACK. Pin it and the server to different cores.
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <deque>
#include <string_view>
#include <vector>

#include "load_client.h"
#include "load_options.h"

namespace mobilake::load {
namespace {

// CONNACK waits for the server's disk, so many CONNECTs are under way at once.
constexpr std::uint32_t kConnectsAtOnce = 256;
constexpr double kDrainSeconds = 10;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double steady_seconds() {
  return static_cast<double>(steady_nanoseconds()) / 1e9;
}

class Load {
 public:
  explicit Load(const LoadOptions& options) : options_(options), epoll_(::epoll_create1(0)) {}

  void connect() {
    for (std::uint32_t begin = 0; begin < options_.connections; begin += kConnectsAtOnce) {
      const std::uint32_t end = std::min(begin + kConnectsAtOnce, options_.connections);
      for (std::uint32_t i = begin; i < end; ++i)
        clients_.emplace_back(options_, options_.first + i, totals_).connect();
      for (std::uint32_t i = begin; i < end; ++i)
        clients_[i].check_connack();
    }
    for (LoadClient& client : clients_) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = &client;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.descriptor(), &event);
    }
  }

  /// Publishes for `seconds`.
  void run(double seconds) {
    started_ = steady_seconds();
    const double end = started_ + seconds;
    sent_before_ = totals_.sent;
    do {
      publish_where_possible();
      take_acks(options_.rate_per_second > 0 ? 1 : 10);
    } while (steady_seconds() < end);
  }

  /// Waits for the PUBACKs that are owed; returns how many never came.
  std::uint64_t drain() {
    const double end = steady_seconds() + kDrainSeconds;
    std::uint64_t owed = 0;
    do {
      owed = 0;
      for (LoadClient& client : clients_) {
        client.flush();
        owed += client.in_flight();
      }
      if (owed > 0) take_acks(10);
    } while (owed > 0 && steady_seconds() < end);
    for (LoadClient& client : clients_)
      client.say_goodbye();
    return owed;
  }

  LoadTotals& totals() { return totals_; }

 private:
  // With a rate, what is due by now; else all that the windows have room for.
  std::uint64_t allowance() const {
    if (options_.rate_per_second <= 0) return ~std::uint64_t{0};
    const double due = (steady_seconds() - started_) * options_.rate_per_second;
    const auto sent = static_cast<double>(totals_.sent - sent_before_);
    return due <= sent ? 0 : static_cast<std::uint64_t>(due - sent);
  }

  void publish_where_possible() {
    std::uint64_t allowed = allowance();
    const auto share = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(options_.window, allowed / clients_.size() + 1));
    for (std::size_t i = 0; i < clients_.size() && allowed > 0; ++i) {
      LoadClient& client = clients_[next_];
      next_ = (next_ + 1) % clients_.size();
      if (client.room() == 0) continue;
      const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(share, allowed));
      allowed -= client.publish(most);
    }
  }

  void take_acks(int wait_ms) {
    const int ready =
        ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), wait_ms);
    for (int i = 0; i < ready; ++i)
      static_cast<LoadClient*>(events_[static_cast<std::size_t>(i)].data.ptr)->read();
  }

  const LoadOptions& options_;
  LoadTotals totals_;
  std::deque<LoadClient> clients_;  // they stay where they are
  int epoll_;
  std::vector<epoll_event> events_{1'024};
  std::size_t next_ = 0;
  double started_ = 0;
  std::uint64_t sent_before_ = 0;
};

int run_load(const LoadOptions& options) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  Load load(options);
  const double began = steady_seconds();
  load.connect();
  fmt::print(stderr, "connected {} in {:.2f} s\n", options.connections, steady_seconds() - began);
  if (options.idle_seconds > 0) {
    timespec rest{static_cast<time_t>(options.idle_seconds), 0};
    ::nanosleep(&rest, nullptr);
    return 0;
  }
  LoadTotals& totals = load.totals();
  if (options.warmup_seconds > 0) load.run(options.warmup_seconds);
  totals.latency = {};
  const std::uint64_t sent = totals.sent;
  const std::uint64_t acked = totals.acked;
  const double start = steady_seconds();
  const double cpu = cpu_seconds();
  load.run(options.seconds);
  const double elapsed = steady_seconds() - start;
  const double busy = (cpu_seconds() - cpu) / elapsed;
  const auto per_second = [&](std::uint64_t now, std::uint64_t then) {
    return static_cast<double>(now - then) / elapsed;
  };
  const double sent_rate = per_second(totals.sent, sent);
  const double acked_rate = per_second(totals.acked, acked);
  const LatencyHistogram latency = totals.latency;
  const std::uint64_t unacked = load.drain();
  fmt::print(
      "{{\"connections\":{},\"window\":{},\"payload\":{},\"seconds\":{:.2f},\"sent_per_s\":{:.0f},"
      "\"acks_per_s\":{:.0f},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"p999_ms\":{:.3f},"
      "\"sent\":{},\"acked\":{},\"refused\":{},\"unacked\":{},\"generator_cpu\":{:.2f}}}\n",
      options.connections, options.window, options.payload_bytes, elapsed, sent_rate, acked_rate,
      latency.quantile_ms(0.5), latency.quantile_ms(0.99), latency.quantile_ms(0.999), totals.sent,
      totals.acked, totals.refused, unacked, busy);
  return unacked == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mobilake::load

int main(int count, char** words) {
  using namespace mobilake::load;
  if (count == 2 && std::string_view(words[1]) == "--help") {
    fmt::print("{}", load_help());
    return 0;
  }
  const auto options = read_load_options(count, words);
  return options ? run_load(*options) : 2;
}

// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/mqtt_source.h"

#include <atomic>
#include <numeric>
#include <utility>
#include <vector>

#include "ingest/mqtt/inside/sockets/acceptor.h"
#include "ingest/mqtt/inside/sockets/door.h"
#include "ingest/mqtt/inside/sockets/metrics_feed.h"
#include "ingest/mqtt/inside/sockets/mqtt_loop.h"

namespace mobilake::ingest::mqtt {
namespace {

constexpr std::chrono::milliseconds kMetricsTime{1'000};

ConnectionLimits limits_of(const IngestConfig& config) {
  ConnectionLimits limits;
  limits.connect_time_max = config.connect_time_max;
  limits.connect_size_bytes_max = static_cast<std::uint32_t>(config.connect_size.value);
  limits.receive_maximum = static_cast<std::uint16_t>(config.receive_maximum);
  limits.topic_alias_maximum = static_cast<std::uint16_t>(config.topic_alias_maximum);
  limits.keep_alive_seconds_max = static_cast<std::uint16_t>(
      std::chrono::duration_cast<std::chrono::seconds>(config.keep_alive_max).count());
  limits.rate_patience = config.rate_patience;
  limits.denied_publish =
      config.acks_denied_publish ? DeniedPublish::kAckAndCount : DeniedPublish::kClose;
  return limits;
}

class LoopedMqttSource final : public MqttSource {
 public:
  LoopedMqttSource(const IngestConfig& config, const MqttParts& parts, ConnectionRules rules,
                   Doors doors, Metrics& metrics, Logger logger)
      : door_{config, parts, std::move(rules), doors, std::move(logger)}, feed_(metrics) {}

  ~LoopedMqttSource() override {
    for (const auto& loop : loops_)
      loop->stop();
    if (acceptor_ != nullptr) acceptor_->close();
    // Only now: a loop that ends may still call another one.
    loops_.clear();
  }

  Result<> start(const net::Endpoint& endpoint) {
    std::vector<MqttLoop*> loops;
    for (std::size_t i = 0; i < door_.config.loop_count(); ++i) {
      MOBILAKE_ASSIGN(auto loop, MqttLoop::open(door_));
      loops.push_back(loops_.emplace_back(std::move(loop)).get());
    }
    acceptor_ = std::make_unique<Acceptor>(door_, std::move(loops));
    MOBILAKE_TRY(acceptor_->open(endpoint));
    endpoint_ = acceptor_->endpoint();
    feed_metrics();
    for (const auto& loop : loops_)
      loop->start();
    return {};
  }

  net::Endpoint endpoint() const override { return endpoint_; }

  void drain(std::move_only_function<void()> done) override {
    if (draining_.exchange(true)) return;
    // Shared by the loops: whoever is the last to be done calls it.
    struct Left {
      std::atomic<std::size_t> loops;
      std::move_only_function<void()> done;
    };
    const auto left = std::make_shared<Left>(loops_.size(), std::move(done));
    loops_.front()->events().post([this] { acceptor_->close(); });
    for (const auto& loop : loops_)
      loop->drain([left] {
        if (left->loops.fetch_sub(1) == 1) left->done();
      });
  }

  MqttStatus status() const override {
    MqttStatus status;
    status.connections = static_cast<std::uint64_t>(door_.sockets.open.value());
    for (const auto& loop : loops_)
      loop->add_counts(status);
    for (const auto& [account, counts] : status.accounts)
      add(counts, status.total);
    for (std::size_t reason = 0; reason < door_.sockets.ended_by_reason.size(); ++reason)
      if (const auto count = door_.sockets.ended_by_reason[reason].value(); count > 0)
        status.ended[std::string(reason_name(static_cast<ReasonCode>(reason)))] += count;
    for (std::size_t end = 0; end < kSocketEndCount; ++end)
      if (const auto count = door_.sockets.ended[end].value(); count > 0)
        status.ended[std::string(socket_end_name(static_cast<SocketEnd>(end)))] = count;
    return status;
  }

 private:
  static void add(const MqttCounts& counts, MqttCounts& total) {
    total.received += counts.received;
    total.logged += counts.logged;
    total.acknowledged += counts.acknowledged;
    for (std::size_t cause = 0; cause < kRefusalCauseCount; ++cause)
      total.refused[cause] += counts.refused[cause];
  }

  void feed_metrics() {
    feed_.feed(status());
    loops_.front()->events().after(kMetricsTime, [this] { feed_metrics(); });
  }

  Door door_;
  MetricsFeed feed_;
  std::vector<std::unique_ptr<MqttLoop>> loops_;
  std::unique_ptr<Acceptor> acceptor_;
  net::Endpoint endpoint_;
  std::atomic<bool> draining_{false};
};

}  // namespace

std::string_view socket_end_name(SocketEnd end) {
  switch (end) {
    case SocketEnd::kTooMany:
      return "too many connections";
    case SocketEnd::kAcceptFailed:
      return "no descriptor or memory";
    case SocketEnd::kSlowReader:
      return "answers not taken";
    case SocketEnd::kLost:
      return "connection lost";
  }
  return "";
}

std::uint64_t MqttCounts::refused_total() const {
  return std::accumulate(refused.begin(), refused.end(), std::uint64_t{0});
}

Result<std::unique_ptr<MqttSource>> open_mqtt_source(const IngestConfig& config,
                                                     const net::Endpoint& endpoint,
                                                     const MqttParts& parts, Doors doors,
                                                     Metrics& metrics, Logger logger) {
  MOBILAKE_TRY(config.check());
  MOBILAKE_ASSIGN(TopicTemplate topics, TopicTemplate::parse(config.topic_template));
  auto source = std::make_unique<LoopedMqttSource>(
      config, parts, ConnectionRules{limits_of(config), std::move(topics)}, doors, metrics,
      std::move(logger));
  MOBILAKE_TRY(source->start(endpoint));
  return std::unique_ptr<MqttSource>(std::move(source));
}

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/sockets/metrics_feed.h"

#include <utility>

namespace mobilake::ingest::mqtt {
namespace {

const base::Labels kMqtt{{"source", "mqtt"}};

void raise(base::Counter& counter, std::uint64_t& last, std::uint64_t value) {
  counter.add(value - std::exchange(last, value));
}

}  // namespace

MetricsFeed::MetricsFeed(Metrics& metrics)
    : metrics_(metrics),
      connections_(metrics.gauge("mobilake_ingest_connections", "Open connections.", kMqtt)),
      received_(metrics.counter("mobilake_ingest_received_messages_total",
                                "Messages received of signed-in senders.", kMqtt)),
      logged_(metrics.counter("mobilake_ingest_logged_messages_total",
                              "Messages that are durable in the log.", kMqtt)),
      acknowledged_(metrics.counter("mobilake_ingest_acknowledged_messages_total",
                                    "Messages whose sender was told so.", kMqtt)) {
  for (std::size_t cause = 0; cause < kRefusalCauseCount; ++cause)
    refused_[cause] = &metrics.counter(
        "mobilake_ingest_refused_messages_total", "Messages refused, by cause.",
        {{"source", "mqtt"},
         {"cause", std::string(refusal_cause_name(static_cast<RefusalCause>(cause)))}});
}

void MetricsFeed::feed(const MqttStatus& status) {
  connections_.set(static_cast<std::int64_t>(status.connections));
  raise(received_, last_.received, status.total.received);
  raise(logged_, last_.logged, status.total.logged);
  raise(acknowledged_, last_.acknowledged, status.total.acknowledged);
  for (std::size_t cause = 0; cause < kRefusalCauseCount; ++cause)
    raise(*refused_[cause], last_.refused[cause], status.total.refused[cause]);
  for (const auto& [reason, count] : status.ended)
    raise(metrics_.counter("mobilake_ingest_ended_connections_total",
                           "Connections that ended, by reason.",
                           {{"source", "mqtt"}, {"reason", reason}}),
          ended_[reason], count);
}

}  // namespace mobilake::ingest::mqtt

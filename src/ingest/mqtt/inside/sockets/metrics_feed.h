// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <string>

#include "base/metrics.h"
#include "ingest/mqtt/mqtt_source.h"

namespace mobilake::ingest::mqtt {

/// Carries the source's own counters, which cost nothing to count, over to the process's metrics.
/// Thread safety: one thread at a time.
class MetricsFeed {
 public:
  explicit MetricsFeed(Metrics& metrics);

  /// Adds what happened since the last call.
  void feed(const MqttStatus& status);

 private:
  Metrics& metrics_;
  base::Gauge& connections_;
  base::Counter& received_;
  base::Counter& logged_;
  base::Counter& acknowledged_;
  std::array<base::Counter*, kRefusalCauseCount> refused_{};
  std::map<std::string, std::uint64_t> ended_;
  MqttCounts last_;
};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "ingest/mqtt/topic.h"

namespace mobilake::ingest::mqtt {

/// What becomes of a 3.1.1 publish on a topic that the sender may not use; that version has no
/// answer that says so (MQTT-3.3.5-2).
enum class DeniedPublish : std::uint8_t {
  kClose,        ///< the connection is closed; the sender keeps its message
  kAckAndCount,  ///< PUBACK, counted as refused; for senders that would repeat it for ever
};

/// The limits of every connection of one door; the integrator fills it from the configuration.
struct ConnectionLimits {
  /// CONNECT must be complete within this span. Bounds: 1 s to 5 min.
  std::chrono::milliseconds connect_time_max{10'000};
  /// The largest CONNECT. With the growth of a buffer at most twice this is held for a stranger.
  std::uint32_t connect_size_bytes_max = 8U << 10U;
  /// Added to the profile's payload for the largest packet: header, topic, properties.
  std::uint32_t packet_overhead_bytes_max = 16U << 10U;
  std::uint32_t topic_bytes_max = 1'024;
  std::uint32_t topic_levels_max = 16;
  /// QoS 1 publishes that may wait for their PUBACK. Bounds: 1 to 65,535.
  std::uint16_t receive_maximum = 1'024;
  /// Topics that a client may name once and then by number; each costs its bytes. 0: none.
  std::uint16_t topic_alias_maximum = 16;
  /// The longest keep alive; told to MQTT 5 clients, which obey. 3.1.1 has no way to say it.
  std::uint16_t keep_alive_seconds_max = 1'200;
  /// How much of its rate a client may use at once.
  std::chrono::milliseconds rate_burst{1'000};
  /// A sender above its rate is slowed by reading it no faster, and loses nothing. One that has
  /// been held back for this long without a break is told 0x96 and ended. 0: never.
  std::chrono::milliseconds rate_patience{300'000};
  DeniedPublish denied_publish = DeniedPublish::kClose;
};

/// What all connections of a door share: limits and how vehicle topics are built.
struct ConnectionRules {
  ConnectionLimits limits;
  TopicTemplate topics;
};

}  // namespace mobilake::ingest::mqtt

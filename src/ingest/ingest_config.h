// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/config.h"
#include "base/result.h"

namespace mobilake::ingest {

/// Settings of the sources. All need a restart.
struct IngestConfig {
  std::uint64_t mqtt_loops = 0;  ///< threads that serve MQTT connections; 0: one per two cores
  std::uint64_t connections_max = 20'000;
  std::string topic_template = "vehicles/{vehicle}/{kind...}";
  std::chrono::milliseconds connect_time_max{10'000};
  base::SizeBytes connect_size{8U << 10U};
  std::uint64_t receive_maximum = 1'024;
  std::uint64_t topic_alias_maximum = 16;
  std::chrono::milliseconds keep_alive_max{1'200'000};
  std::chrono::milliseconds rate_patience{300'000};
  bool acks_denied_publish = false;
  /// Bytes on their way to the log beyond which nothing more is read; keep it below
  /// log.mailbox_size.
  base::SizeBytes in_flight_size{32U << 20U};
  /// Answers that a client has not taken beyond which it is read no further.
  base::SizeBytes unread_answers_size{64U << 10U};
  std::chrono::milliseconds write_time_max{30'000};
  std::chrono::milliseconds drain_time_max{5'000};

  /// Returns the keys of this struct, which must outlive them.
  base::ConfigSection section();

  /// Checks what the keys' bounds say, for settings that came past them. Fails with: invalid.
  Result<> check() const;

  /// Returns `mqtt_loops`, or what stands for 0 on this machine.
  std::size_t loop_count() const;
};

}  // namespace mobilake::ingest

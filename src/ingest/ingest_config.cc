// SPDX-License-Identifier: Apache-2.0
#include "ingest/ingest_config.h"

#include <algorithm>
#include <thread>

namespace mobilake::ingest {
namespace {

constexpr double kKiB = 1 << 10;
constexpr double kMiB = 1 << 20;
constexpr double kGiB = 1 << 30;
constexpr double kMinuteMs = 60'000;
constexpr double kLongestKeepAliveMs = 65'535'000;

Result<> check_range(std::string_view name, std::uint64_t value, std::uint64_t least,
                     std::uint64_t most) {
  if (value >= least && value <= most) return {};
  return invalid("ingest.{} is not within {} and {}: {}", name, least, most, value);
}

}  // namespace

base::ConfigSection IngestConfig::section() {
  base::ConfigSection section{"ingest", "The sources that take data in.", {}};
  section.keys = {
      {"mqtt_loops", &mqtt_loops, "threads that serve MQTT connections; 0: one per two cores", 0,
       256},
      {"connections_max", &connections_max, "MQTT connections at once; more are closed", 1, 1e6},
      {"topic_template", &topic_template, "how topics of vehicles are built"},
      {"connect_time_max", &connect_time_max, "a client's CONNECT must be whole within this", 1000,
       5 * kMinuteMs},
      {"connect_size", &connect_size, "bytes of the largest CONNECT", kKiB, kMiB},
      {"receive_maximum", &receive_maximum, "QoS 1 publishes of a client without PUBACK", 1, 65535},
      {"topic_alias_maximum", &topic_alias_maximum, "topics that a client may name by number", 0,
       65535},
      {"keep_alive_max", &keep_alive_max, "longest keep alive, told to MQTT 5 clients", 1000,
       kLongestKeepAliveMs},
      {"rate_patience", &rate_patience,
       "a sender above its rate for so long without a break is ended; 0ms: never", 0,
       24 * 60 * kMinuteMs},
      {"acks_denied_publish", &acks_denied_publish,
       "whether a 3.1.1 publish on a denied topic is acked and counted; else it is closed"},
      {"in_flight_size", &in_flight_size,
       "bytes on their way to the log beyond which sources are read no further; below "
       "log.mailbox_size",
       64 * kKiB, 16 * kGiB},
      {"unread_answers_size", &unread_answers_size,
       "answers that a client has not taken beyond which it is read no further", 4 * kKiB, kGiB},
      {"write_time_max", &write_time_max, "a client that takes no answer for so long is ended", 100,
       60 * kMinuteMs},
      {"drain_time_max", &drain_time_max, "what is open after that at a stop is cut", 100,
       kMinuteMs},
  };
  return section;
}

Result<> IngestConfig::check() const {
  MOBILAKE_TRY(check_range("mqtt_loops", mqtt_loops, 0, 256));
  MOBILAKE_TRY(check_range("connections_max", connections_max, 1, 1'000'000));
  MOBILAKE_TRY(check_range("connect_size", connect_size.value, 1U << 10U, 1U << 20U));
  MOBILAKE_TRY(check_range("receive_maximum", receive_maximum, 1, 65'535));
  return check_range("topic_alias_maximum", topic_alias_maximum, 0, 65'535);
}

std::size_t IngestConfig::loop_count() const {
  if (mqtt_loops > 0) return mqtt_loops;
  return std::max(1U, std::thread::hardware_concurrency() / 2);
}

}  // namespace mobilake::ingest

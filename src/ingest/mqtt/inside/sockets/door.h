// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "base/doors.h"
#include "base/logging.h"
#include "base/metrics.h"
#include "ingest/ingest_config.h"
#include "ingest/mqtt/connection_limits.h"
#include "ingest/mqtt/inside/sockets/client_book.h"
#include "ingest/mqtt/mqtt_source.h"
#include "store/devices/device_profile.h"

namespace mobilake::ingest::mqtt {

/// Why a socket was closed without a reason code of MQTT.
enum class SocketEnd : std::uint8_t {
  kTooMany,       ///< above connections_max
  kAcceptFailed,  ///< the machine had no descriptor or memory for it
  kSlowReader,    ///< took no answer for write_time_max
  kLost,          ///< the client was gone without a goodbye
};
inline constexpr std::size_t kSocketEndCount = 4;

/// Returns e.g. "too many connections".
std::string_view socket_end_name(SocketEnd end);

/// Counts sockets; the loops share it, since sockets come and go rarely. Thread safety: any thread.
struct SocketCounters {
  base::Gauge open;
  std::array<base::Counter, kSocketEndCount> ended;
  std::array<base::Counter, 256> ended_by_reason;  ///< by ReasonCode

  void count(SocketEnd end) { ended[static_cast<std::size_t>(end)].add(); }
  void count(ReasonCode reason) { ended_by_reason[static_cast<std::size_t>(reason)].add(); }
};

/// What the loops of one door share; owned by the source, outlives them.
struct Door {
  const IngestConfig config;
  const MqttParts parts;
  const ConnectionRules rules;
  const Doors doors;
  const Logger logger;
  const store::DeviceProfiles profiles{};
  ClientBook book{};
  SocketCounters sockets{};
};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/doors.h"
#include "base/logging.h"
#include "base/metrics.h"
#include "base/result.h"
#include "govern/audit_trail.h"
#include "govern/gatekeeper.h"
#include "ingest/ingest_config.h"
#include "ingest/mqtt/ingest_counters.h"
#include "log/log.h"
#include "net/endpoint.h"
#include "store/devices/device_registry.h"

namespace mobilake::ingest::mqtt {

/// The rooms that the source leans on; they outlive it.
struct MqttParts {
  log::Log& log;
  store::DeviceRegistry& devices;
  const govern::Gatekeeper& gatekeeper;
  govern::AuditTrail& audit;
};

/// What became of publishes in this process run: received = logged + refused + in flight.
struct MqttCounts {
  std::uint64_t received = 0;
  std::uint64_t logged = 0;
  std::uint64_t acknowledged = 0;                           ///< PUBACKs with success
  std::array<std::uint64_t, kRefusalCauseCount> refused{};  ///< by RefusalCause

  std::uint64_t refused_total() const;
  std::uint64_t in_flight() const { return received - logged - refused_total(); }
};

/// A look at the source. Each number was true while the look was taken; `received` was read last,
/// so that nothing in flight is negative.
struct MqttStatus {
  std::uint64_t connections = 0;  ///< open sockets
  MqttCounts total;
  std::map<std::string, MqttCounts> accounts;  ///< by the sender's account; a row only once used
  /// Connections that ended, by reason; "success" stands for the client's
  /// own goodbye.
  std::map<std::string, std::uint64_t> ended;
};

/// The MQTT door: sockets around Connection, on event loops of its own.
///
/// A publish is acked once the log has it on stable storage. Opened by open_mqtt_source(), owned by
/// the server. Destroying it without drain() tells the clients that the server shuts down and waits
/// for what the log still owes. Thread safety: any thread.
class MqttSource {
 public:
  virtual ~MqttSource() = default;

  /// Returns where it listens, with the port that it got.
  virtual net::Endpoint endpoint() const = 0;

  /// Takes no new connection and reads no more; each client gets DISCONNECT 0x8B once all that was
  /// taken from it is acked. `done` is called once, when the last is gone or `drain_time_max` is
  /// over, on a thread of the source: it must only post. A later call is ignored.
  virtual void drain(std::move_only_function<void()> done) = 0;

  virtual MqttStatus status() const = 0;
};

/// Opens the door on `endpoint`; port 0 picks a free one. It speaks plain MQTT wherever it is told
/// to listen: that an address beyond loopback needs consent is checked by the server.
/// Fails with: invalid (config, address), unavailable (in use), denied (the port), exhausted.
Result<std::unique_ptr<MqttSource>> open_mqtt_source(const IngestConfig& config,
                                                     const net::Endpoint& endpoint,
                                                     const MqttParts& parts, Doors doors,
                                                     Metrics& metrics, Logger logger);

}  // namespace mobilake::ingest::mqtt

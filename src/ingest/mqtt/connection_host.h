// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "ingest/mqtt/ingest_counters.h"
#include "ingest/mqtt/packets.h"
#include "store/devices/device.h"

namespace mobilake::ingest::mqtt {

/// What a connection may use up; from the device's profile.
struct ProfileLimits {
  std::uint32_t payload_bytes_max = 128U << 10U;
  std::uint32_t messages_per_second_max = 100;  ///< 0: no limit
};

/// Who a connection speaks for, as proved at CONNECT.
struct DeviceIdentity {
  store::DevicePointer device;  ///< not null
  std::string client_id;        ///< the client's own, or the one that the host assigned; not empty
  ProfileLimits limits;
  /// Counts the sender's publishes from now on, e.g. by account; null: the door's counters do.
  IngestCounters* counters = nullptr;
};

/// Why a CONNECT is refused; `why` names limits, never a password or whether a name exists.
struct ConnectRefusal {
  ReasonCode reason = ReasonCode::kNotAuthorized;
  std::string why;
};

using ConnectDecision = std::variant<DeviceIdentity, ConnectRefusal>;

/// Returns the refusal of CONNECT that an error of another room stands for.
ConnectRefusal connect_refusal_of(const Error& error);

/// A PUBLISH that the sender may send, with its alias resolved. Views live until publish() returns.
struct PublishView {
  std::string_view topic;
  std::string_view vehicle;  ///< from the topic template; empty where the topic is not built by it
  std::string_view kind;     ///< "telemetry", "can/1"; empty as above
  std::string_view payload;
  Qos qos = Qos::kAtMostOnce;
  bool retain = false;
  bool duplicate = false;
  const Properties* properties = nullptr;  ///< never null
};

/// The world around one connection: its socket, the registry and the log.
///
/// Calls come from within the connection's own functions. publish() may answer at once by
/// publish_durable() or publish_failed(). Nothing here may destroy the connection.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;

  /// Decides who the client is; the views in `connect` live until it returns. On success the host
  /// has ended an older connection of the same client id by Connection::take_over().
  virtual ConnectDecision authenticate(const Connect& connect) = 0;

  /// Returns whether the signed-in gateway or application may publish for `vehicle`: false where
  /// the vehicle belongs to another account. An unknown one is let through here; publish() then
  /// registers it or marks its record, as the gateway's settings say. Asked per publish, so answer
  /// from memory.
  virtual bool admits_vehicle(std::string_view vehicle) = 0;

  /// Takes a publish for the log, copying what it keeps. With `sequence` above 0 it owes the
  /// connection one publish_durable() or publish_failed() with it, later or at once; sequence 0
  /// asks for no answer. The host counts each publish as logged, or as refused by the log, in the
  /// counters.
  virtual void publish(const PublishView& publish, std::uint64_t sequence) = 0;

  /// Sends `bytes` after all sent before; gathers them until the end of the loop's turn.
  virtual void send(std::string_view bytes) = 0;

  /// Closes the socket once what was sent is out. Called once, and nothing follows it. `why` is for
  /// logs and the vehicle's timeline; `reason` is kSuccess where the client itself said goodbye.
  virtual void close(ReasonCode reason, std::string_view why) = 0;
};

}  // namespace mobilake::ingest::mqtt

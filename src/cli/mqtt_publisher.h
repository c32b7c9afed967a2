// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mobilake::cli {

struct MqttPublisherOptions {
  std::string url = "mqtt://127.0.0.1:1883";  ///< mqtt://HOST:PORT
  std::string client_id;
  std::string username;
  std::string password;
  std::size_t window = 500;  ///< publishes without their PUBACK at most; below 65,536
  std::chrono::milliseconds timeout{30'000};  ///< of the connection, and of a PUBACK
};

struct PublisherCounts {
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;  ///< published, and the connection ended before their PUBACK
};

/// Publishes at QoS 1 over one connection, MQTT 3.1.1, and counts what was acknowledged.
/// Thread safety: one thread.
class MqttPublisher {
 public:
  virtual ~MqttPublisher() = default;

  /// Sends a message; waits while the window is full. Fails with: unavailable (the connection
  /// ended), timed_out, cancelled (Ctrl-C).
  virtual Result<> publish(std::string_view topic, std::string_view payload) = 0;
  /// Takes what has arrived, and keeps the connection alive, for at most `span`.
  virtual Result<> idle(std::chrono::milliseconds span) = 0;
  /// Waits until all is acknowledged, then disconnects.
  virtual Result<> finish() = 0;
  virtual PublisherCounts counts() const = 0;
};

/// Connects and signs in. Fails with: invalid (the URL), unavailable, denied and unauthenticated
/// (CONNACK).
Result<std::unique_ptr<MqttPublisher>> open_mqtt_publisher(const MqttPublisherOptions& options);

}  // namespace mobilake::cli

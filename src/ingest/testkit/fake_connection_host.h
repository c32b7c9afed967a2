// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/mqtt/connection_host.h"

namespace mobilake::ingest::mqtt {

/// Returns a device as a test wants it.
inline store::DevicePointer make_device(store::DeviceKind kind, std::string id) {
  store::Device device;
  device.id = model::DeviceId(std::move(id));
  device.account = "vehicle";
  device.kind = kind;
  if (kind == store::DeviceKind::kGateway) device.gateway_filter = "+";
  return std::make_shared<const store::Device>(std::move(device));
}

/// Keeps what a connection says, and decides as it is told. The test answers publishes itself.
class FakeConnectionHost final : public ConnectionHost {
 public:
  struct Published {
    std::string topic;
    std::string vehicle;
    std::string kind;
    std::string payload;
    Qos qos = Qos::kAtMostOnce;
    std::uint64_t sequence = 0;
  };

  FakeConnectionHost() {
    identity.device = make_device(store::DeviceKind::kVehicle, "v1");
    identity.client_id = "assigned-1";
  }

  ConnectDecision authenticate(const Connect& connect) override {
    client_id = connect.client_id;
    user_name = connect.user_name.value_or("");
    if (refusal) return *refusal;
    return identity;
  }
  bool admits_vehicle(std::string_view vehicle) override { return vehicle != foreign_vehicle; }
  void publish(const PublishView& publish, std::uint64_t sequence) override {
    published.push_back({std::string(publish.topic), std::string(publish.vehicle),
                         std::string(publish.kind), std::string(publish.payload), publish.qos,
                         sequence});
    if (on_publish) on_publish(sequence);
  }
  void send(std::string_view bytes) override { sent.append(bytes); }
  void close(ReasonCode reason, std::string_view why) override {
    ++close_count;
    close_reason = reason;
    close_why = why;
  }

  /// Returns what was sent since the last call.
  std::string take_sent() { return std::exchange(sent, {}); }

  DeviceIdentity identity;
  std::optional<ConnectRefusal> refusal;
  std::string foreign_vehicle = "of-another-account";
  std::function<void(std::uint64_t)> on_publish;

  std::string client_id;
  std::string user_name;
  std::vector<Published> published;
  std::string sent;
  int close_count = 0;
  ReasonCode close_reason = ReasonCode::kSuccess;
  std::string close_why;
};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/doors.h"
#include "govern/identity.h"
#include "ingest/mqtt/mqtt_source.h"
#include "ingest/test/mqtt_client.h"
#include "ingest/test/steered_log.h"
#include "store/testkit/fake_meta_store.h"

namespace mobilake::ingest::mqtt {

inline constexpr std::string_view kTopicV1 = "vehicles/v1/telemetry";
inline constexpr std::uint16_t kPartitionCount = 8;

/// Waits until `holds()`; returns whether it came to hold within 20 s.
template <typename Condition>
bool eventually(Condition holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

/// A source on loopback with the account `vehicle`, the vehicle `v1`, the gateway `gw`, and a log
/// that the test steers.
class MqttSourceTest : public ::testing::Test {
 protected:
  MqttSourceTest() {
    config.mqtt_loops = 1;
    EXPECT_TRUE(identity->add_account("vehicle", model::AccountKind::kProducer, "").ok());
    password = add("v1", store::DeviceKind::kVehicle);
    gateway_password = add("gw", store::DeviceKind::kGateway);
  }
  ~MqttSourceTest() override {
    // The source waits for what the log owes.
    log.let_go(log::Family::kSystem);
    log.let_go(log::Family::kData);
  }

  std::string add(std::string_view id, store::DeviceKind kind, bool registers_unknown = false) {
    store::NewDevice device;
    device.id = model::DeviceId(std::string(id));
    device.account = "vehicle";
    device.kind = kind;
    device.registers_unknown = registers_unknown;
    return devices->add(device).value().password;
  }

  void open() { open(log); }
  void open(log::Log& used_log) {
    audit = std::make_unique<govern::AuditTrail>(used_log.writer(), used_log.partition_count(),
                                                 doors.clock);
    auto opened =
        open_mqtt_source(config, {}, {used_log, *devices, *gatekeeper, *audit}, doors, metrics, {});
    ASSERT_TRUE(opened.ok()) << opened.error().to_string();
    source = std::move(opened).value();
  }

  MqttClient client(ProtocolVersion version = ProtocolVersion::kV5) {
    return MqttClient(source->endpoint(), version);
  }
  MqttClient vehicle(std::string_view client_id = "c1",
                     ProtocolVersion version = ProtocolVersion::kV5) {
    MqttClient signed_in(source->endpoint(), version);
    EXPECT_EQ(signed_in.sign_in("v1", password, client_id), 0);
    return signed_in;
  }
  MqttClient gateway(std::string_view client_id = "gw") {
    MqttClient signed_in(source->endpoint());
    EXPECT_EQ(signed_in.sign_in("gw", gateway_password, client_id), 0);
    return signed_in;
  }

  // Returns two vehicles whose records go to different partitions.
  static std::pair<std::string, std::string> apart() {
    const std::string first = "w0";
    for (int i = 1;; ++i) {
      std::string other = "w" + std::to_string(i);
      if (log::partition_of(other, kPartitionCount) != log::partition_of(first, kPartitionCount))
        return {first, other};
    }
  }
  static std::string topic_of(const std::string& vehicle) {
    return "vehicles/" + vehicle + "/telemetry";
  }

  void expect_conserved() {
    EXPECT_TRUE(eventually([this] { return source->status().total.in_flight() == 0; }));
    const MqttCounts counts = source->status().total;
    EXPECT_EQ(counts.received, counts.logged + counts.refused_total());
  }
  std::uint64_t ended(const std::string& reason) { return source->status().ended[reason]; }

  IngestConfig config;
  Doors doors = base::system_doors();
  store::FakeMetaStore meta;
  Metrics metrics;
  SteeredLog log{kPartitionCount};
  std::unique_ptr<govern::Identity> identity =
      std::move(govern::Identity::open(meta, doors, {})).value();
  std::unique_ptr<govern::Gatekeeper> gatekeeper = std::make_unique<govern::Gatekeeper>(*identity);
  std::unique_ptr<store::DeviceRegistry> devices =
      std::move(store::DeviceRegistry::open(meta, doors)).value();
  std::unique_ptr<govern::AuditTrail> audit;
  std::string password;
  std::string gateway_password;
  std::unique_ptr<MqttSource> source;
};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/names.h"

namespace mobilake::store {

/// What a device is, which decides the topics that it may use.
enum class DeviceKind {
  kVehicle,      ///< speaks for itself alone
  kGateway,      ///< speaks for the registered vehicles of its account that its filter matches
  kApplication,  ///< publishes and subscribes on what its topic filters match
};

/// Returns "vehicle", "gateway" or "application".
std::string_view device_kind_name(DeviceKind kind);
/// Fails with: invalid.
Result<DeviceKind> parse_device_kind(std::string_view name);

/// How a device proves who it is. Without a user name it cannot sign in (a vehicle behind a
/// gateway).
struct Credential {
  std::string username;
  std::string password_sha256;  ///< hexadecimal

  bool operator==(const Credential&) const = default;
};

/// One entry of the registry.
/// Thread safety: a value; the registry hands it out unchangeable.
struct Device {
  model::DeviceId id;  ///< unique among all accounts, since it stands in topics
  std::string account;
  DeviceKind kind = DeviceKind::kVehicle;
  /// Stands for a vehicle wherever its id may not: paths, labels, log lines. 32 hexadecimal digits.
  std::string pseudonym;
  Credential credential;
  std::string gateway_filter;              ///< of a gateway: "+" for all, or a pattern with '*'
  bool registers_unknown = false;          ///< a gateway that registers vehicles at first sight
  std::vector<std::string> topic_filters;  ///< of an application: MQTT topic filters
  std::string profile;                     ///< names a DeviceProfile
  Timestamp created_at;

  bool operator==(const Device&) const = default;
};

/// Shared because a connection keeps its device while the registry may replace or drop the entry.
using DevicePointer = std::shared_ptr<const Device>;

/// Returns whether the gateway's filter matches `vehicle_id`: "+" matches every id, '*' in a
/// pattern any run of characters. That the vehicle belongs to the gateway's account is for the
/// caller to compare.
bool filter_matches(const Device& gateway, std::string_view vehicle_id);

/// Returns the topic filters under which the device may publish, for people to read:
/// "vehicles/ID/#" of a vehicle, "vehicles/+/#" of a gateway, its own of an application.
std::vector<std::string> device_topics(const Device& device);

/// Writes and reads the form in which the meta store keeps a device (JSON).
std::string device_to_json(const Device& device);
/// Fails with: corrupt.
Result<Device> device_from_json(std::string_view text);

}  // namespace mobilake::store

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/devices/device.h"

namespace mobilake::store {

/// The limits of a device's connection.
struct DeviceProfile {
  std::string name;
  std::uint32_t message_size_bytes_max = 128u << 10;  ///< of a whole PUBLISH packet's payload
  std::uint32_t messages_per_second_max = 100;        ///< 0: no limit of its own
  std::uint32_t subscriptions_max = 50;
};

/// The profiles that exist: `vehicle` and `gateway` are built in, others come from the
/// configuration. Thread safety: any thread; unchangeable once made.
class DeviceProfiles {
 public:
  /// `more` are added, or replace a built-in one of the same name.
  explicit DeviceProfiles(const std::vector<DeviceProfile>& more = {});

  /// Returns the profile of that name, or null.
  const DeviceProfile* find(std::string_view name) const;

  /// Returns the profile of the device, or `vehicle`, the narrowest, where its name is known no
  /// more.
  const DeviceProfile& of(const Device& device) const;

  const std::vector<DeviceProfile>& all() const { return profiles_; }

 private:
  std::vector<DeviceProfile> profiles_;
};

/// Returns the name of the profile that a device of `kind` gets where none is named.
std::string_view default_profile(DeviceKind kind);

}  // namespace mobilake::store

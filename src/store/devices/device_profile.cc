// SPDX-License-Identifier: Apache-2.0
#include "store/devices/device_profile.h"

#include "base/check.h"

namespace mobilake::store {

DeviceProfiles::DeviceProfiles(const std::vector<DeviceProfile>& more) {
  profiles_.push_back({"vehicle", 128u << 10, 100, 50});
  profiles_.push_back({"gateway", 1u << 20, 0, 50});
  for (const DeviceProfile& profile : more) {
    std::erase_if(profiles_, [&](const DeviceProfile& old) { return old.name == profile.name; });
    profiles_.push_back(profile);
  }
}

const DeviceProfile* DeviceProfiles::find(std::string_view name) const {
  for (const DeviceProfile& profile : profiles_)
    if (profile.name == name) return &profile;
  return nullptr;
}

const DeviceProfile& DeviceProfiles::of(const Device& device) const {
  const DeviceProfile* profile = find(device.profile);
  if (profile == nullptr) profile = find("vehicle");
  MOBILAKE_CHECK(profile != nullptr);
  return *profile;
}

std::string_view default_profile(DeviceKind kind) {
  return kind == DeviceKind::kVehicle ? "vehicle" : "gateway";
}

}  // namespace mobilake::store

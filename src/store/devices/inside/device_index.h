// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/devices/device.h"

namespace mobilake::store {

/// A map from a name to a device that many threads read at once: 64 parts, each under its own lock.
/// Thread safety: any thread.
class DeviceMap {
 public:
  DevicePointer find(std::string_view name) const {
    const Part& part = part_of(name);
    const std::shared_lock lock(part.mutex);
    const auto entry = part.devices.find(name);
    return entry == part.devices.end() ? nullptr : entry->second;
  }

  void put(std::string_view name, DevicePointer device) {
    Part& part = part_of(name);
    const std::unique_lock lock(part.mutex);
    part.devices.insert_or_assign(std::string(name), std::move(device));
  }

  void remove(std::string_view name) {
    Part& part = part_of(name);
    const std::unique_lock lock(part.mutex);
    const auto entry = part.devices.find(name);
    if (entry != part.devices.end()) part.devices.erase(entry);
  }

  std::size_t count() const {
    std::size_t sum = 0;
    for (const Part& part : parts_) {
      const std::shared_lock lock(part.mutex);
      sum += part.devices.size();
    }
    return sum;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Part {
    mutable std::shared_mutex mutex;
    std::unordered_map<std::string, DevicePointer, Hash, std::equal_to<>> devices;
  };

  // The map inside a part uses the hash's low bits; the part is chosen by high ones.
  static std::size_t part_number(std::string_view name) { return Hash{}(name) >> 58; }
  Part& part_of(std::string_view name) { return parts_[part_number(name)]; }
  const Part& part_of(std::string_view name) const { return parts_[part_number(name)]; }

  std::array<Part, 64> parts_;
};

}  // namespace mobilake::store

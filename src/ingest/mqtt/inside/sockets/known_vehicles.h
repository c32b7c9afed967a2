// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text_slots.h"
#include "store/devices/device_registry.h"

namespace mobilake::ingest::mqtt {

/// Remembers which vehicles the registry knows of an account, for the loop that asks at every
/// publish: no lock, no shared count, two cache misses.
///
/// Only what is known is remembered, and forgotten as soon as any device is removed.
/// Thread safety: one thread; the registry outlives it.
class KnownVehicles {
 public:
  explicit KnownVehicles(const store::DeviceRegistry& registry) : registry_(registry) {}

  /// Returns whether `vehicle` is a registered vehicle of `account`.
  bool contains(std::string_view account, std::string_view vehicle) {
    const std::uint64_t epoch = registry_.removal_epoch();
    if (epoch != epoch_ || name_bytes_ > kNameBytesMax) forget(epoch);
    // A turn has runs of messages from one vehicle.
    if (!last_vehicle_.empty() && vehicle == last_vehicle_ && account == last_->first) return true;
    Names& names = names_of(account);
    last_vehicle_.clear();
    const std::uint32_t hash = base::TextSlots::hash_of(vehicle);
    const auto is_it = [&](std::uint32_t begin) { return names.text(begin) == vehicle; };
    if (names.slots.find(hash, is_it) != base::TextSlots::kNone) {
      last_vehicle_ = vehicle;
      return true;
    }
    const store::DevicePointer found = registry_.find(vehicle);
    if (found == nullptr || found->kind != store::DeviceKind::kVehicle || found->account != account)
      return false;
    // A longer name would not be registered.
    MOBILAKE_CHECK(vehicle.size() <= UINT8_MAX);
    names.slots.add(hash, static_cast<std::uint32_t>(names.bytes.size()));
    names.bytes.push_back(static_cast<char>(vehicle.size()));
    names.bytes.append(vehicle);
    name_bytes_ += 1 + vehicle.size();
    return true;
  }

 private:
  static constexpr std::size_t kNameBytesMax = 32 << 20;

  struct Names {
    std::string_view text(std::uint32_t begin) const {
      return {bytes.data() + begin + 1, static_cast<unsigned char>(bytes[begin])};
    }
    std::string bytes;  // each name behind its length
    base::TextSlots slots;
  };

  Names& names_of(std::string_view account) {
    if (last_ != nullptr && last_->first == account) return last_->second;
    auto found = by_account_.find(account);
    if (found == by_account_.end()) found = by_account_.try_emplace(std::string(account)).first;
    last_ = &*found;
    return found->second;
  }

  void forget(std::uint64_t epoch) {
    by_account_.clear();
    last_ = nullptr;
    last_vehicle_.clear();
    name_bytes_ = 0;
    epoch_ = epoch;
  }

  using ByAccount = std::map<std::string, Names, std::less<>>;

  const store::DeviceRegistry& registry_;
  ByAccount by_account_;
  ByAccount::value_type* last_ = nullptr;
  std::string last_vehicle_;  // known, of the account `last_`
  std::size_t name_bytes_ = 0;
  std::uint64_t epoch_ = 0;
};

}  // namespace mobilake::ingest::mqtt

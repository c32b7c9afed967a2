// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/doors.h"
#include "base/result.h"
#include "store/devices/device.h"
#include "store/meta/meta_store.h"

namespace mobilake::store {

/// What is said of a device that is to be added.
struct NewDevice {
  model::DeviceId id;
  std::string account;
  DeviceKind kind = DeviceKind::kVehicle;
  std::string gateway_filter;              ///< of a gateway; empty means "+"
  bool registers_unknown = false;          ///< of a gateway
  std::vector<std::string> topic_filters;  ///< of an application; at least one
  std::string profile;                     ///< empty means the kind's own
};

/// A device that was just added, with the password that is shown this once.
struct AddedDevice {
  DevicePointer device;
  std::string password;
};

/// A part of a list; `next_page` is empty at the end.
struct DevicePage {
  std::vector<DevicePointer> devices;
  std::string next_page;
};

struct DeviceRegistryOptions {
  /// Vehicles registered at first sight that may wait for their transaction; more are refused.
  std::size_t waiting_max = 100'000;
  /// Vehicles written by one transaction.
  std::size_t batch_max = 5'000;
};

/// Knows every device, and proves the password of one.
///
/// Kept in the meta store, mirrored in memory: find() and verify_password() take no transaction,
/// since every message of a gateway asks. Opened by open(), owned by the server, over a MetaStore
/// that outlives it. One thread of its own writes vehicles that were registered at first sight.
/// Thread safety: any thread.
class DeviceRegistry {
 public:
  /// Reads all devices. Fails with: corrupt, unavailable.
  static Result<std::unique_ptr<DeviceRegistry>> open(MetaStore& store, Doors doors,
                                                      DeviceRegistryOptions options = {});
  /// Writes what waits and ends the thread.
  ~DeviceRegistry();

  /// Adds a device durably, with a new password. That the account exists is for the caller to know.
  /// Fails with: invalid, already_exists, exhausted, unavailable.
  Result<AddedDevice> add(const NewDevice& device);

  /// Returns the device of that id, or null.
  DevicePointer find(std::string_view id) const;

  /// Returns the device that signs in with these. Fails with: unauthenticated, the same for an
  /// unknown name and a wrong password.
  Result<DevicePointer> verify_password(std::string_view username, std::string_view password) const;

  /// Returns up to `limit` devices of an account by id, after `page_token` (empty: from the start).
  Result<DevicePage> list(std::string_view account, std::string_view page_token, std::size_t limit);

  /// Removes the device durably, its pseudonym with it. Fails with: not_found, exhausted,
  /// unavailable.
  Result<> remove(std::string_view id);

  /// Returns the vehicle of that id, registering it for `account` where it is new; a gateway's way.
  /// Returns at once: a new entry waits for the next transaction. Whoever writes a pseudonym to
  /// stable storage calls flush() first; a crash before that forgets the entry, and the vehicle's
  /// next message registers it again under another pseudonym. Fails with: invalid (the id), denied
  /// (the id belongs to another account, or is no vehicle), exhausted (too many wait), and with the
  /// writer's last error while its transactions fail.
  Result<DevicePointer> register_vehicle(std::string_view account, std::string_view id);

  /// Waits until every vehicle registered so far is durable. Fails with the writer's last error.
  Result<> flush();

  std::size_t count() const;

  /// Returns a number that rises when a device is removed: whoever keeps a DevicePointer looks
  /// again.
  std::uint64_t removal_epoch() const;

 private:
  class Index;
  class Registrar;
  DeviceRegistry(MetaStore& store, Doors doors, DeviceRegistryOptions options);

  Result<> load();

  MetaStore& store_;
  Doors doors_;
  std::unique_ptr<Index> index_;
  std::unique_ptr<Registrar> registrar_;
};

}  // namespace mobilake::store

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "store/devices/device.h"
#include "store/meta/meta_store.h"

namespace mobilake::store {

/// Where devices stand in the meta store: id -> JSON, and account NUL id -> nothing, for lists.
inline constexpr std::string_view kDevicesSpace = "devices";
inline constexpr std::string_view kDevicesByAccountSpace = "devices_by_account";

/// Returns the prefix of the account's keys in kDevicesByAccountSpace. No name of an account holds
/// a NUL.
std::string account_prefix(std::string_view account);

/// Writes the rows of `devices` within a transaction.
Result<> put_devices(MetaTransaction& transaction, std::span<const DevicePointer> devices);
/// Removes the rows of `device` within a transaction.
Result<> remove_device(MetaTransaction& transaction, const Device& device);

}  // namespace mobilake::store

// SPDX-License-Identifier: Apache-2.0
#include "store/devices/inside/device_rows.h"

namespace mobilake::store {

std::string account_prefix(std::string_view account) {
  std::string prefix(account);
  prefix.push_back('\0');
  return prefix;
}

Result<> put_devices(MetaTransaction& transaction, std::span<const DevicePointer> devices) {
  for (const DevicePointer& device : devices) {
    const std::string& id = device->id.value();
    MOBILAKE_TRY(transaction.put(kDevicesSpace, id, device_to_json(*device)));
    MOBILAKE_TRY(transaction.put(kDevicesByAccountSpace, account_prefix(device->account) + id, ""));
  }
  return {};
}

Result<> remove_device(MetaTransaction& transaction, const Device& device) {
  const std::string& id = device.id.value();
  MOBILAKE_TRY(transaction.remove(kDevicesSpace, id));
  return transaction.remove(kDevicesByAccountSpace, account_prefix(device.account) + id);
}

}  // namespace mobilake::store

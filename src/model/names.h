// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong_id.h"

namespace mobilake::model {

/// The name of an account: lower-case letters, digits, '-' and '_', 1 to 63, beginning with a
/// letter.
using AccountName = base::StrongId<struct AccountNameTag, std::string>;

/// What a device is called: a VIN, a serial number, a gateway's name; the topic level it speaks
/// under.
using DeviceId = base::StrongId<struct DeviceIdTag, std::string>;

/// A vehicle as its id stands in topics and tables.
using VehicleId = base::StrongId<struct VehicleIdTag, std::string>;

/// Names a table: account.namespace.table.
struct TableName {
  std::string account;
  std::string name_space;
  std::string table;

  std::string to_string() const { return account + "." + name_space + "." + table; }
  auto operator<=>(const TableName&) const = default;
};

/// Reads "account.namespace.table", or "system.NAME" as short for "system.main.NAME".
/// Fails with: invalid.
Result<TableName> parse_table_name(std::string_view text);

/// Checks a name of an account, namespace, table or user. `what` names the thing in the message.
/// Fails with: invalid.
Result<> check_name(std::string_view what, std::string_view name);

/// Checks a device id: 1 to 128 bytes of UTF-8 without '+', '#', '/', '$' in front or control
/// characters, since ids stand in topic filters. Fails with: invalid.
Result<> check_device_id(std::string_view id);

}  // namespace mobilake::model

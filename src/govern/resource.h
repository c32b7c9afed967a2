// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/names.h"

namespace mobilake::govern {

/// What a permit can be about. The text form stands in Permit::resource() and in the audit trail,
/// so it never holds the id of a vehicle: devices are governed by their account.
enum class ResourceKind {
  kAccount,  ///< "account/NAME"; "account/" for all accounts
  kUser,     ///< "user/ACCOUNT"
  kDevice,   ///< "device/ACCOUNT"
  kTable,    ///< "table/ACCOUNT.NAMESPACE.TABLE"
  kStream,   ///< "stream/ACCOUNT" and, below it, "stream/ACCOUNT/..."
  kObjects,  ///< "objects/ACCOUNT/..."
  kServer,   ///< "server/log", "server/status", "server/backup"
};

/// A resource taken apart.
struct Resource {
  ResourceKind kind = ResourceKind::kAccount;
  std::string account;  ///< that owns it; empty for the server
  std::string name;     ///< what stands after the first slash
};

/// Fails with: invalid.
Result<Resource> parse_resource(std::string_view text);

/// Makers of the text form.
std::string account_resource(std::string_view account);
std::string user_resource(std::string_view account);
std::string device_resource(std::string_view account);
std::string table_resource(const model::TableName& table);
std::string stream_resource(std::string_view account);
std::string server_resource(std::string_view part);

}  // namespace mobilake::govern

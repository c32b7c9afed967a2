// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mobilake::model {

/// What an account is for.
enum class AccountKind { kSystem, kProducer, kGovernance, kConsumer };

/// Returns "system", "producer", "governance" or "consumer".
std::string_view account_kind_name(AccountKind kind);
/// Fails with: invalid.
Result<AccountKind> parse_account_kind(std::string_view name);

/// What a user may do within the own account.
enum class Role {
  kAdmin,  ///< manages accounts, users and devices; reads no data
  kOwner,  ///< owns the account's data: reads and manages it
};

std::string_view role_name(Role role);
/// Fails with: invalid.
Result<Role> parse_role(std::string_view name);

/// Who asks: a signed-in user, a device, or the system itself.
struct Principal {
  enum class Kind { kUser, kDevice, kSystem };

  Kind kind = Kind::kUser;
  std::string name;     ///< of the user or device; "bootstrap" for the first administrator
  std::string account;  ///< that it belongs to
  Role role = Role::kOwner;

  auto operator<=>(const Principal&) const = default;
};

/// Returns the system as a principal: what the server does on its own behalf.
inline Principal system_principal() {
  return {Principal::Kind::kSystem, "system", "system", Role::kOwner};
}

}  // namespace mobilake::model

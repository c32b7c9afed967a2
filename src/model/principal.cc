// SPDX-License-Identifier: Apache-2.0
#include "model/principal.h"

namespace mobilake::model {

std::string_view account_kind_name(AccountKind kind) {
  switch (kind) {
    case AccountKind::kSystem:
      return "system";
    case AccountKind::kProducer:
      return "producer";
    case AccountKind::kGovernance:
      return "governance";
    case AccountKind::kConsumer:
      return "consumer";
  }
  return "";
}

Result<AccountKind> parse_account_kind(std::string_view name) {
  for (const auto kind : {AccountKind::kProducer, AccountKind::kGovernance, AccountKind::kConsumer})
    if (account_kind_name(kind) == name) return kind;
  return invalid("an account is of kind producer, governance or consumer, this is \"{}\"", name);
}

std::string_view role_name(Role role) {
  return role == Role::kAdmin ? "admin" : "owner";
}

Result<Role> parse_role(std::string_view name) {
  for (const auto role : {Role::kAdmin, Role::kOwner})
    if (role_name(role) == name) return role;
  return invalid("a role is admin or owner, this is \"{}\"", name);
}

}  // namespace mobilake::model

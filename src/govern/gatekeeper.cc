// SPDX-License-Identifier: Apache-2.0
#include "govern/gatekeeper.h"

#include "govern/resource.h"

namespace mobilake::govern {
namespace {

using model::Action;
using model::Principal;
using model::Role;

enum class Verdict { kAllowed, kDenied, kHidden };

constexpr std::string_view kSystemAccount = "system";

// Tables of the system whose rows carry the account that they are about.
bool has_rows_by_account(std::string_view table) {
  return table == "system.main.conservation" || table == "system.main.dead_letters" ||
         table == "system.main.ingest";
}

bool only_reads(Action action) {
  return action == Action::kDescribe || action == Action::kSelect;
}

// The administrator manages people, devices and the machine; data is hidden from it.
Verdict judge_admin(Action action, const Resource& resource) {
  switch (resource.kind) {
    case ResourceKind::kAccount:
    case ResourceKind::kUser:
    case ResourceKind::kDevice:
    case ResourceKind::kServer: {
      const bool manages = action == Action::kDescribe || action == Action::kManage;
      return manages ? Verdict::kAllowed : Verdict::kDenied;
    }
    case ResourceKind::kTable:
    case ResourceKind::kStream:
    case ResourceKind::kObjects:
      return Verdict::kHidden;
  }
  return Verdict::kHidden;
}

// An owner does everything within its account but grow beyond it: new accounts and roles are the
// administrator's.
Verdict judge_owner(const Principal& owner, Action action, const Resource& resource) {
  if (resource.kind == ResourceKind::kServer)
    return resource.name == "status" && action == Action::kDescribe ? Verdict::kAllowed
                                                                    : Verdict::kDenied;
  if (resource.kind == ResourceKind::kTable && has_rows_by_account(resource.name))
    return only_reads(action) ? Verdict::kAllowed : Verdict::kDenied;
  if (resource.account != owner.account || resource.account == kSystemAccount)
    return Verdict::kHidden;
  const bool administered =
      resource.kind == ResourceKind::kAccount || resource.kind == ResourceKind::kUser;
  if (administered && action != Action::kDescribe) return Verdict::kDenied;
  return Verdict::kAllowed;
}

// A device sends. What it may hear is decided by its topics, in the broker.
Verdict judge_device(const Principal& device, Action action, const Resource& resource) {
  const bool own = resource.kind == ResourceKind::kStream && resource.account == device.account &&
                   resource.account != kSystemAccount;
  if (!own) return Verdict::kHidden;
  return action == Action::kAppend ? Verdict::kAllowed : Verdict::kDenied;
}

Verdict judge(const Principal& principal, Action action, const Resource& resource) {
  switch (principal.kind) {
    case Principal::Kind::kSystem:
      return Verdict::kAllowed;
    case Principal::Kind::kDevice:
      return judge_device(principal, action, resource);
    case Principal::Kind::kUser:
      return principal.role == Role::kAdmin ? judge_admin(action, resource)
                                            : judge_owner(principal, action, resource);
  }
  return Verdict::kHidden;
}

}  // namespace

Result<model::Permit> Gatekeeper::decide(const Principal& principal, Action action,
                                         std::string_view resource) const {
  // Read before the decision: a change in between makes the permit old, never wrongly new.
  const std::uint64_t epoch = identity_.policy_epoch();
  MOBILAKE_ASSIGN(const Resource parsed, parse_resource(resource));
  switch (judge(principal, action, parsed)) {
    case Verdict::kAllowed:
      return model::Permit(principal, action, std::string(resource), epoch);
    case Verdict::kDenied:
      return denied("{} may not {} {}", model::role_name(principal.role),
                    model::action_name(action), resource);
    case Verdict::kHidden:
      break;
  }
  return missing(resource);
}

Error missing(std::string_view resource) {
  const std::size_t slash = resource.find('/');
  if (slash == std::string_view::npos) return not_found("there is no {}", resource);
  return not_found("there is no {} \"{}\"", resource.substr(0, slash), resource.substr(slash + 1));
}

std::optional<std::string> row_scope(const model::Permit& permit) {
  constexpr std::string_view kTablePrefix = "table/";
  const std::string_view resource = permit.resource();
  const bool scoped = resource.starts_with(kTablePrefix) &&
                      has_rows_by_account(resource.substr(kTablePrefix.size())) &&
                      permit.principal().kind != Principal::Kind::kSystem;
  if (!scoped) return std::nullopt;
  return permit.principal().account;
}

}  // namespace mobilake::govern

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "govern/identity.h"
#include "model/permit.h"

namespace mobilake::govern {

/// Decides who may do what, and is the only maker of a Permit.
///
/// The decision of today is the owner's: who owns an account's data may do everything with it, the
/// administrator manages accounts, users, devices and the server and reads no data, a device
/// appends to its account's stream. The full table stands in README.md and is tested cell by cell.
/// Owned by the server; used by doors, query and ingest. Pure: no I/O, so it can be asked often;
/// the audit record is the caller's (audit_trail.h), once per connection or query. Thread safety:
/// any thread.
class Gatekeeper {
 public:
  explicit Gatekeeper(const Identity& identity) : identity_(identity) {}

  /// Returns the permit for `action` on `resource` (resource.h).
  /// Fails with: not_found where the principal may not even see the resource, with the message that
  /// a missing one gets (missing()); denied where it may see but not do; invalid (no such resource
  /// form).
  Result<model::Permit> decide(const model::Principal& principal, model::Action action,
                               std::string_view resource) const;

  /// Returns whether nothing changed since the permit was given; if not, ask decide() again.
  bool is_current(const model::Permit& permit) const {
    return permit.policy_epoch() == identity_.policy_epoch();
  }

 private:
  const Identity& identity_;
};

/// Returns the error of a resource that is not there. Rooms that find a permitted resource missing
/// answer with it too, so that hidden and missing cannot be told apart.
Error missing(std::string_view resource);

/// Returns the account whose rows alone the permit opens, or nothing where it opens all rows: the
/// owner of an account sees its own rows of system.conservation and system.dead_letters. Whoever
/// scans a table adds the filter `account = <that>`.
std::optional<std::string> row_scope(const model::Permit& permit);

}  // namespace mobilake::govern

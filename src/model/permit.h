// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "model/principal.h"

namespace mobilake::govern {
class Gatekeeper;
}

namespace mobilake::model {

/// What somebody may want to do with a resource.
enum class Action {
  kDescribe,  ///< see that it exists, and its schema
  kSelect,    ///< read its rows or bytes
  kAppend,    ///< add rows, records or objects
  kManage,    ///< create, change or drop it
};

/// The proof that the Gatekeeper said yes: {principal, action, resource, policy epoch}.
///
/// Only govern::Gatekeeper makes one, so that a place which asks for a Permit cannot be used past
/// the policy. The place checks that action and resource are the ones at hand with covers(). Thread
/// safety: a value.
class Permit {
 public:
  const Principal& principal() const { return principal_; }
  Action action() const { return action_; }
  /// "table/vehicle.telemetry.signals", "account/vehicle", "stream/vehicle", "objects/vehicle/..."
  const std::string& resource() const { return resource_; }
  std::uint64_t policy_epoch() const { return policy_epoch_; }

  /// Returns whether this permit is for that action on that resource.
  bool covers(Action action, std::string_view resource) const {
    return action_ == action && resource_ == resource;
  }

 private:
  friend class govern::Gatekeeper;
  Permit(Principal principal, Action action, std::string resource, std::uint64_t policy_epoch)
      : principal_(std::move(principal)),
        action_(action),
        resource_(std::move(resource)),
        policy_epoch_(policy_epoch) {}

  Principal principal_;
  Action action_;
  std::string resource_;
  std::uint64_t policy_epoch_;
};

std::string_view action_name(Action action);

}  // namespace mobilake::model

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "govern/audit_trail.h"
#include "govern/gatekeeper.h"
#include "govern/identity.h"
#include "serve/http/inside/operation.h"

namespace mobilake::serve {

/// Asks the Gatekeeper for a caller. Thread safety: any thread.
class Decisions {
 public:
  Decisions(const govern::Identity& identity, const govern::Gatekeeper& gatekeeper,
            govern::AuditTrail& audit)
      : identity_(identity), gatekeeper_(gatekeeper), audit_(audit) {}

  /// Returns the permit, for looking at what is there.
  Result<model::Permit> decide(const Call& call, model::Action action,
                               std::string_view resource) const {
    return gatekeeper_.decide(call.principal, action, resource);
  }

  bool allows(const Call& call, model::Action action, std::string_view resource) const {
    return decide(call, action, resource).ok();
  }

  /// As decide(), for changes and for reading data: returns when the decision is in the audit
  /// trail, whatever it is. Fails also with: exhausted, unavailable (it could not be recorded).
  Result<model::Permit> decide_on_record(const Call& call, model::Action action,
                                         std::string_view resource) const {
    auto decision = decide(call, action, resource);
    MOBILAKE_TRY(audit_.record(govern::audit_record(call.principal, action, resource, decision,
                                                    identity_.policy_epoch(), call.request_id)));
    return decision;
  }

 private:
  const govern::Identity& identity_;
  const govern::Gatekeeper& gatekeeper_;
  govern::AuditTrail& audit_;
};

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "model/permit.h"

namespace mobilake::govern {

/// Stands in for the room that makes permits, which stands below this one: gives whatever a test
/// asks for. Only in this room's tests, which do not link the real one.
class Gatekeeper {
 public:
  static model::Permit permit(model::Action action, std::string resource) {
    return {model::system_principal(), action, std::move(resource), 0};
  }
};

}  // namespace mobilake::govern

// SPDX-License-Identifier: Apache-2.0
#include "model/permit.h"

namespace mobilake::model {

std::string_view action_name(Action action) {
  switch (action) {
    case Action::kDescribe:
      return "describe";
    case Action::kSelect:
      return "select";
    case Action::kAppend:
      return "append";
    case Action::kManage:
      return "manage";
  }
  return "";
}

}  // namespace mobilake::model

// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include "base/error_codes.h"

namespace mobilake::base {

std::string_view code_name(Code code) {
  return code_row(code).name;
}

std::string Error::to_string() const {
  return fmt::format("{}: {}", code_name(code), message);
}

}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace mobilake::base {

/// What one code looks like at each door.
struct CodeRow {
  Code code;
  std::string_view name;
  int http_status;           ///< RFC 9110
  std::uint8_t mqtt_reason;  ///< MQTT 5 section 2.4
  int exit_code;             ///< of the command line
};

/// Returns the table, one row per Code in the order of the enumeration.
std::span<const CodeRow> code_table();

/// Returns the row of `code`.
const CodeRow& code_row(Code code);

/// Returns the code of that name, or nothing.
std::optional<Code> code_of_name(std::string_view name);

}  // namespace mobilake::base

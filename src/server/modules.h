// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/server_parts.h"

namespace mobilake::server {

/// One part of the server: its name, what must stand before it, and how it starts.
struct Module {
  std::string_view name;
  std::string_view needs;  ///< names with blanks between; "" for none
  Result<> (*start)(ServerParts& parts);
};

/// Returns all modules in the order in which they start.
std::span<const Module> all_modules();

/// Returns the table that `mobilake serve --modules` prints.
std::string modules_text();

}  // namespace mobilake::server

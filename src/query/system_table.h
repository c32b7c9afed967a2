// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/record_schema.h"

namespace mobilake::query {

/// A small table that the system computes when it is asked: system.NAME. Implemented by the room
/// that knows the numbers, registered by server/. Thread safety: any thread.
class SystemTable {
 public:
  using Row = std::vector<std::optional<std::string>>;  ///< one text a column, as SQL casts it

  virtual ~SystemTable() = default;

  /// Returns the name within system.main, e.g. "conservation".
  virtual const std::string& name() const = 0;

  /// Returns the columns. One called "account" is what a row scope filters on.
  virtual const std::vector<formats::Field>& columns() const = 0;

  virtual Result<std::vector<Row>> rows() = 0;
};

}  // namespace mobilake::query

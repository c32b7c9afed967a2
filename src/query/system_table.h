// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

/// Returns counts by name as a cell holds them, e.g. {"clock-ahead": 20}, without those that are 0;
/// null where all are.
inline std::optional<std::string> counts_cell(
    std::span<const std::uint64_t> counts,
    const std::function<std::string_view(std::size_t)>& name) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      text += fmt::format("{}\"{}\": {}", text.empty() ? "{" : ", ", name(i), counts[i]);
  if (text.empty()) return std::nullopt;
  return text + "}";
}

}  // namespace mobilake::query

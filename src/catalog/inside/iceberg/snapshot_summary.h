// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "catalog/commit.h"

namespace mobilake::catalog {

/// What the files that a change removes amount to.
struct RemovedFiles {
  std::int64_t files = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::set<std::optional<std::int32_t>> days;
};

/// Returns a snapshot's summary (Iceberg table specification, "Optional Snapshot Summary Fields"):
/// the operation, what the change adds and removes, and the table's totals after it.
std::map<std::string, std::string> summary_of(const TableChange& change,
                                              const RemovedFiles& removed, const Snapshot* parent);

/// Returns a number of a snapshot's summary; 0 where there is none.
std::int64_t summary_number(const Snapshot& snapshot, const std::string& entry);

}  // namespace mobilake::catalog

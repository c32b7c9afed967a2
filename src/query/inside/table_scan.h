// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "catalog/catalog.h"
#include "query/inside/planner.h"
#include "query/system_table.h"

namespace mobilake::query {

/// Returns the scan of a table's files: columns by their ids, so that added and renamed ones come
/// out right. `account` leaves the rows of that account alone (its column "account").
/// Fails with: exhausted (more than `files_max`), internal (a file that is not on this machine).
Result<TableScan> scan_of_files(catalog::TablePlan plan, const std::optional<std::string>& account,
                                std::uint64_t files_max);

/// Returns the scan of a system table's rows as they are now.
Result<TableScan> scan_of_values(SystemTable& table, const std::optional<std::string>& account);

}  // namespace mobilake::query

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "engine/sql/sql_engine.h"
#include "model/names.h"

namespace mobilake::query {

/// What a table reads as for one principal: a SELECT over files or values, and what it stands on.
struct TableScan {
  std::string select;
  std::vector<std::string> files;
  std::uint64_t bytes = 0;
  std::unique_ptr<catalog::SnapshotLease> lease;
};

/// A statement in the form that the engine runs.
struct GovernedPlan {
  engine::QueryPlan plan;
  std::uint64_t bytes = 0;
  std::vector<std::unique_ptr<catalog::SnapshotLease>> leases;
};

/// Gives the scan of a table as the principal sees it. Fails with: not_found, denied.
using ScanOf = std::function<Result<TableScan>(const model::TableName&)>;

/// Turns one SQL text into a plan: parsed by the session's worker, checked node by node against
/// what is offered, each table replaced by its scan. What is not on the list is refused by name.
/// Fails with: invalid, unsupported, and what `scan_of` fails with.
Result<GovernedPlan> plan_statement(std::string_view sql, engine::SqlSession& session,
                                    const ScanOf& scan_of);

}  // namespace mobilake::query

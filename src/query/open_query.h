// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/doors.h"
#include "base/logging.h"
#include "base/metrics.h"
#include "catalog/catalog.h"
#include "engine/sql/sql_engine.h"
#include "govern/audit_trail.h"
#include "govern/gatekeeper.h"
#include "query/query_config.h"
#include "query/query_service.h"
#include "query/system_table.h"

namespace mobilake::query {

/// What the service stands on; all outlive it.
struct QueryParts {
  govern::Gatekeeper& gatekeeper;
  govern::AuditTrail& audit;
  catalog::Catalog& catalog;
  engine::SqlEngine& engine;
  std::vector<SystemTable*> system_tables;
};

std::unique_ptr<QueryService> open_query_service(const QueryConfig& config, QueryParts parts,
                                                 Doors doors, Metrics& metrics, Logger logger);

}  // namespace mobilake::query

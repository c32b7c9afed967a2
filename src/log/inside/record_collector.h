// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "log/inspect_log.h"

namespace mobilake::log {

/// Reads what `query` asks for through `reader`, which begins at the query's position in its
/// partition and at `end` in all others; stops at `end`.
/// Fails with: as Reader::next().
Result<std::vector<KeptRecord>> collect_records(Reader& reader, const RecordQuery& query,
                                                Offset end);

/// Returns where a reader begins that is to see the records of one partition only.
Positions positions_of(const RecordQuery& query, Positions durable_end);

}  // namespace mobilake::log

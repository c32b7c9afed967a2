// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "base/strong_id.h"

namespace mobilake::log {

/// The unit of order, numbered from 0. How many there are is fixed when the data folder is made.
using PartitionId = base::StrongId<struct PartitionIdTag, std::uint16_t>;

/// The number of a record within its partition, from 0; never reused.
using Offset = base::StrongId<struct OffsetTag, std::uint64_t>;

/// Per partition, the next offset that a reader has yet to see. A missing partition means 0.
using Positions = std::map<PartitionId, Offset>;

/// Data: what sources send. System: object events, dead letters, audit, jobs.
/// Each family has its own segments and its own retention.
enum class Family : std::uint8_t { kData = 0, kSystem = 1 };

}  // namespace mobilake::log

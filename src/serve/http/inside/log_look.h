// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "log/log.h"

namespace mobilake::serve {

/// Which records of the log to look at.
struct LogRange {
  log::Family family = log::Family::kData;
  log::PartitionId partition;
  log::Offset from;
};

/// Takes a record with its stream and offset, views that live during the call; returns whether it
/// wants more.
using RecordSink =
    std::function<bool(std::string_view stream, log::Offset offset, const log::RecordView& record)>;

/// Gives the durable records of one partition to `sink`, in order, until it wants no more, the end
/// that stood at the call, or about `bytes_max` bytes of the log.
/// Fails with: unavailable (disk).
Result<> look_at_records(log::Log& log, const LogRange& range, std::uint64_t bytes_max,
                         const RecordSink& sink);

/// Reads every record of a family that is durable now, so that each frame's checksum is compared;
/// returns how many records there are. What is damaged is noted by the log (Log::incidents()).
Result<std::uint64_t> read_whole_family(log::Log& log, log::Family family);

}  // namespace mobilake::serve

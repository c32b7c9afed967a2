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

}  // namespace mobilake::serve

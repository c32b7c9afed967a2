// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "log/log.h"

namespace mobilake::log {

/// Which records of a partition a look at the log asks for.
struct RecordQuery {
  static constexpr std::uint64_t kLimitMax = 10'000;

  Family family = Family::kData;
  PartitionId partition;
  Offset from;               ///< the first that is wanted; where it is gone, the next one kept
  std::uint64_t limit = 20;  ///< at most so many, and never more than kLimitMax
};

/// One record with its place, as a value of its own.
struct KeptRecord {
  PartitionId partition;
  Offset offset;
  std::string stream;
  RecordView::Kind kind = RecordView::Kind::kMessage;
  std::uint8_t flags = 0;
  Timestamp received_at;
  std::string topic;
  std::string attributes;
  std::string payload;
};

/// Returns records of a log that is open. The log knows no policy: who may see topic and payload is
/// for the caller to say.
/// Fails with: invalid (no such partition), unavailable (disk).
Result<std::vector<KeptRecord>> read_records(Log& log, const RecordQuery& query);

/// A look at the log of a data folder that no server holds. It opens files for reading only: after
/// a crash it shows what recovery will find, and leaves the recovery to the next server.
///
/// Requires: nobody writes in the folder meanwhile. Thread safety: one thread at a time.
class LogInspection {
 public:
  virtual ~LogInspection() = default;

  /// Fails with: not_found (no log in `folder`), unsupported (a newer format), corrupt (the
  /// folder's identity file), unavailable (disk).
  static Result<std::unique_ptr<LogInspection>> open(const std::string& folder, Disk& disk);

  virtual std::uint16_t partition_count() const = 0;
  /// Returns the segments of both families, oldest first in each.
  virtual const std::vector<SegmentInfo>& segments() const = 0;
  /// Returns what was found so far, oldest first.
  virtual std::vector<LogIncident> incidents() const = 0;
  /// As read_records() of an open log.
  virtual Result<std::vector<KeptRecord>> records(const RecordQuery& query) = 0;
  /// As Log::verify(). An unsealed segment that ends in a torn frame is told, since that frame will
  /// be dropped.
  virtual Result<LogVerdict> verify() = 0;
};

/// Returns "data" or "system".
std::string_view family_name(Family family);
/// Fails with: invalid.
Result<Family> parse_family(std::string_view name);

}  // namespace mobilake::log

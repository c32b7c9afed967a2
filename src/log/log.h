// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/log_types.h"
#include "log/record_batch.h"

namespace mobilake::log {

/// Hears once what became of an append: the offset of its first record, or why it is not durable.
using OnDurable = std::move_only_function<void(Result<Offset>)>;

/// Appends records to the log on behalf of sources; one per server.
///
/// Opened by open_log(), owned by the server; used by every source.
/// Thread safety: any thread may append; callbacks come on the owning writer's thread and must only
/// post.
class LogWriter {
 public:
  virtual ~LogWriter() = default;

  /// Hands the batch to the writer that owns its partition, as one unit.
  /// Calls on_durable exactly once: with the offset of the first record when the batch is on stable
  /// storage, or with the error. Batches of one partition become durable in the order of their
  /// append. Requires: the batch is not empty and belongs to one stream and one partition. A
  /// refusal may call back at once, on the calling thread; so hold no lock that on_durable takes.
  /// Fails with: exhausted (disk full or over budget, or the writer's mailbox is full), unavailable
  /// (closing, or the partition is read-only), invalid (no such partition, or larger than a
  /// segment).
  virtual void append(RecordBatch batch, OnDurable on_durable) = 0;
};

/// A batch as it was read: views that live until the reader's next call.
struct ReadBatch {
  PartitionId partition;
  std::string_view stream;
  Offset first;                ///< of the first record
  std::uint32_t record_count;  ///< records in `bytes`
  std::string_view bytes;      ///< for a RecordCursor
};

/// Reads durable records of one family in file order: all partitions at once, each in its own
/// order. Thread safety: one thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;

  /// Returns the next batches, up to about `bytes_max`; waits up to `wait` for the first, and
  /// returns none when the time is over. A batch below the starting position is left out, one that
  /// spans it is cut. Fails with: corrupt never (a bad frame is skipped, reported and counted),
  /// unavailable (disk).
  virtual Result<std::vector<ReadBatch>> next(std::size_t bytes_max,
                                              std::chrono::milliseconds wait) = 0;

  /// Makes a waiting next() return at once, and every later one. From any thread.
  virtual void stop() = 0;
};

/// What a look at the log shows of one segment.
struct SegmentInfo {
  std::string file;  ///< its name within the log's folder
  Family family = Family::kData;
  std::uint64_t number = 0;  ///< the segment's generation, rising through the family
  std::uint16_t writer = 0;
  bool sealed = false;
  std::uint64_t size_bytes = 0;
  std::uint64_t frame_count = 0;
  std::uint64_t record_count = 0;
};

/// A loss or doubt that recovery or a reader met, in words, with the place.
struct LogIncident {
  std::string file;
  std::uint64_t file_offset = 0;
  std::string what;
};

/// What a walk over every frame of a log found.
struct LogVerdict {
  std::uint64_t segments = 0;
  std::uint64_t frames = 0;   ///< whole ones
  std::uint64_t records = 0;  ///< in whole frames
  std::vector<LogIncident> incidents;
};

/// The durable ordered log that every incoming message reaches first.
/// Thread safety: any thread.
class Log {
 public:
  virtual ~Log() = default;

  virtual LogWriter& writer() = 0;
  virtual std::uint16_t partition_count() const = 0;

  /// Opens a reader of `family` that begins at `from`; a position before the oldest kept record
  /// begins there.
  virtual Result<std::unique_ptr<Reader>> open_reader(Family family, const Positions& from) = 0;

  /// Returns per partition the offset after the newest durable record.
  virtual Positions durable_end(Family family) = 0;

  /// Makes `consumer` required: retention never passes its positions. Called again it moves them
  /// on.
  virtual void hold_for(std::string_view consumer, Family family, const Positions& positions) = 0;

  /// Ends what hold_for() began: the consumer is required no more. Holds outlive a restart.
  virtual void release_hold(std::string_view consumer, Family family) = 0;

  /// Returns the segments of both families, oldest first.
  virtual std::vector<SegmentInfo> segments() = 0;

  /// Returns what recovery and readers met, oldest first, at most the last 1,000.
  virtual std::vector<LogIncident> incidents() = 0;

  /// Reads every durable frame of both families and compares its sums; changes nothing, and may
  /// take as long as reading the disk. Fails with: unavailable (disk), unsupported (a log that is
  /// kept elsewhere).
  virtual Result<LogVerdict> verify() { return unsupported("this log cannot be verified"); }

  /// Returns why appends fail now, or nothing while they work.
  virtual std::optional<Error> refusal() = 0;

  /// Stops taking appends, makes those taken durable, seals nothing, ends the writers. Idempotent.
  virtual Result<> close() = 0;
};

}  // namespace mobilake::log

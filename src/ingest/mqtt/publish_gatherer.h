// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ingest/mqtt/connection_host.h"
#include "ingest/mqtt/ingest_counters.h"
#include "log/log.h"
#include "log/record_batch.h"

namespace mobilake::ingest::mqtt {

/// Whom to answer: a connection by its place in the loop's table and that place's generation (a
/// place is used again), and the publish's sequence on it; 0 asks for no answer.
struct PublishTicket {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  std::uint64_t sequence = 0;
};

/// Publishes of one connection with sequences in a row.
struct PublishRun {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;
  bool operator==(const PublishRun&) const = default;
};

/// What became of one batch.
struct PublishOutcome {
  std::vector<PublishRun> runs;        ///< in publish order per connection
  std::uint32_t record_count = 0;      ///< with those that want no answer
  std::optional<Error> error;          ///< why nothing of the batch is durable
  std::size_t size_bytes = 0;          ///< of the batch, as log::RecordBatch::bytes()
  IngestCounters* counters = nullptr;  ///< those of the batch's senders, see DeviceIdentity
};

/// What flush() handed to the log.
struct FlushedBatches {
  std::size_t count = 0;
  std::size_t size_bytes = 0;
};

/// Hears outcomes on the log writer's thread and must only post them to the loop.
class PublishOutcomes {
 public:
  virtual ~PublishOutcomes() = default;
  /// From any thread.
  virtual void post(PublishOutcome outcome) = 0;
};

/// Counts an outcome: its records as logged, or as refused by the log. On the loop's thread.
void count_outcome(const PublishOutcome& outcome, IngestCounters& counters);

/// Gathers what one turn of an event loop received into one batch per stream and partition.
///
/// A record's partition follows its vehicle, or its topic where there is none, so order holds per
/// vehicle; its stream is the sender's account. One per loop.
/// Thread safety: the loop's thread.
class PublishGatherer {
 public:
  explicit PublishGatherer(std::uint16_t partition_count) : partition_count_(partition_count) {}

  /// Copies the publish into its batch. `record_flags` are those of log::RecordView.
  void add(const PublishView& publish, const DeviceIdentity& sender, std::uint8_t record_flags,
           Timestamp received_at, PublishTicket ticket);

  /// Appends all batches to the log, in the order in which they were begun, and is empty again.
  /// Each batch's outcome is posted once, perhaps before this returns. `outcomes` lives until then.
  FlushedBatches flush(log::LogWriter& log, PublishOutcomes& outcomes);

  bool empty() const { return touched_.empty(); }
  /// Returns the bytes of topics and payloads that wait; a loop flushes early when they are many.
  std::size_t size_bytes() const { return size_bytes_; }

 private:
  struct Gathered {
    log::RecordBatch batch;
    std::vector<PublishRun> runs;
    IngestCounters* counters = nullptr;
    std::size_t* usual_bytes = nullptr;  ///< of the partition, in its stream
  };
  struct Stream {
    std::string name;
    std::vector<std::optional<Gathered>> partitions;
    std::vector<std::size_t> usual_bytes;  ///< what a batch of each partition had last
  };

  log::PartitionId partition_of(std::string_view key);
  Stream& stream(std::string_view name);
  Gathered& gathered(const DeviceIdentity& sender, log::PartitionId partition);
  static void note(std::vector<PublishRun>& runs, PublishTicket ticket);

  std::uint16_t partition_count_;
  std::size_t size_bytes_ = 0;
  std::map<std::string, Stream, std::less<>> streams_;  // nodes stay where they are
  Stream* last_stream_ = nullptr;
  std::string last_key_;  // a turn has runs of messages from one vehicle
  log::PartitionId last_partition_{};
  std::vector<std::optional<Gathered>*> touched_;
  std::string attributes_;  // kept for its memory
};

}  // namespace mobilake::ingest::mqtt

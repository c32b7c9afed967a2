// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/publish_gatherer.h"

#include <algorithm>
#include <utility>

#include "ingest/mqtt/publish_attributes.h"

namespace mobilake::ingest::mqtt {
namespace {

constexpr std::size_t kReservedBytesMax = 64 << 10;

}  // namespace

void count_outcome(const PublishOutcome& outcome, IngestCounters& counters) {
  Counter& counter =
      outcome.error ? counters.refused(RefusalCause::kLog) : counters.publishes_logged;
  counter.add(outcome.record_count);
}

log::PartitionId PublishGatherer::partition_of(std::string_view key) {
  if (key != last_key_ || last_key_.empty()) {
    last_partition_ = log::partition_of(key, partition_count_);
    last_key_ = key;
  }
  return last_partition_;
}

PublishGatherer::Stream& PublishGatherer::stream(std::string_view name) {
  if (last_stream_ != nullptr && last_stream_->name == name) return *last_stream_;
  auto found = streams_.find(name);
  if (found == streams_.end()) {
    found = streams_.emplace(std::string(name), Stream{std::string(name), {}, {}}).first;
    found->second.partitions.resize(partition_count_);
    found->second.usual_bytes.resize(partition_count_);
  }
  last_stream_ = &found->second;
  return *last_stream_;
}

PublishGatherer::Gathered& PublishGatherer::gathered(const DeviceIdentity& sender,
                                                     log::PartitionId partition) {
  Stream& owner = stream(sender.device->account);
  std::optional<Gathered>& slot = owner.partitions[partition.value()];
  if (!slot) {
    slot.emplace(log::RecordBatch(log::Family::kData, owner.name, partition),
                 std::vector<PublishRun>{}, sender.counters);
    // What the partition had last is a good guess of what it gets now.
    std::size_t& usual = owner.usual_bytes[partition.value()];
    slot->batch.reserve(usual);
    slot->usual_bytes = &usual;
    touched_.push_back(&slot);
  }
  return *slot;
}

void PublishGatherer::note(std::vector<PublishRun>& runs, PublishTicket ticket) {
  if (ticket.sequence == 0) return;
  if (!runs.empty()) {
    PublishRun& last = runs.back();
    const bool same = last.connection == ticket.connection && last.generation == ticket.generation;
    if (same && last.first_sequence + last.count == ticket.sequence) {
      ++last.count;
      return;
    }
  }
  runs.push_back({ticket.connection, ticket.generation, ticket.sequence, 1});
}

void PublishGatherer::add(const PublishView& publish, const DeviceIdentity& sender,
                          std::uint8_t record_flags, Timestamp received_at, PublishTicket ticket) {
  const std::string_view key = publish.vehicle.empty() ? publish.topic : publish.vehicle;
  Gathered& target = gathered(sender, partition_of(key));
  attributes_.clear();
  append_attributes(publish, sender.device->id.value(), attributes_);
  log::RecordView record;
  record.flags = record_flags;
  record.received_at = received_at;
  record.topic = publish.topic;
  record.attributes = attributes_;
  record.payload = publish.payload;
  target.batch.add(record);
  size_bytes_ += publish.topic.size() + publish.payload.size();
  note(target.runs, ticket);
}

FlushedBatches PublishGatherer::flush(log::LogWriter& log, PublishOutcomes& outcomes) {
  FlushedBatches flushed;
  for (std::optional<Gathered>* slot : touched_) {
    Gathered ready = *std::exchange(*slot, std::nullopt);
    const std::uint32_t record_count = ready.batch.record_count();
    const std::size_t size_bytes = ready.batch.bytes().size();
    *ready.usual_bytes = std::min(size_bytes + size_bytes / 8, kReservedBytesMax);
    ++flushed.count;
    flushed.size_bytes += size_bytes;
    log.append(std::move(ready.batch), [runs = std::move(ready.runs), record_count, size_bytes,
                                        counters = ready.counters,
                                        &outcomes](Result<log::Offset> durable) mutable {
      PublishOutcome outcome{std::move(runs), record_count, std::nullopt, size_bytes, counters};
      if (!durable.ok()) outcome.error = std::move(durable).error();
      outcomes.post(std::move(outcome));
    });
  }
  touched_.clear();
  size_bytes_ = 0;
  return flushed;
}

}  // namespace mobilake::ingest::mqtt

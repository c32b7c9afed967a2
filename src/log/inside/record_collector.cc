// SPDX-License-Identifier: Apache-2.0
#include "log/inside/record_collector.h"

#include <algorithm>

namespace mobilake::log {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
// A log under load brings new records of other partitions without end; then the wanted ones that
// damage hides would be waited for in vain.
constexpr int kFruitlessReadsMax = 1'000;

// Returns whether the limit is reached.
bool take_batch(const ReadBatch& batch, std::uint64_t limit, std::vector<KeptRecord>& out) {
  RecordCursor records(batch.bytes);
  RecordView record;
  std::uint64_t offset = batch.first.value();
  while (out.size() < limit && records.next(record))
    out.push_back({batch.partition, Offset(offset++), std::string(batch.stream), record.kind,
                   record.flags, record.received_at, std::string(record.topic),
                   std::string(record.attributes), std::string(record.payload)});
  return out.size() >= limit;
}

}  // namespace

Result<std::vector<KeptRecord>> collect_records(Reader& reader, const RecordQuery& query,
                                                Offset end) {
  std::vector<KeptRecord> records;
  const std::uint64_t limit = std::min(query.limit, RecordQuery::kLimitMax);
  int fruitless = 0;
  while (records.size() < limit && fruitless < kFruitlessReadsMax) {
    MOBILAKE_ASSIGN(const auto batches, reader.next(kReadBytes, std::chrono::milliseconds(0)));
    if (batches.empty()) break;
    ++fruitless;
    for (const ReadBatch& batch : batches) {
      if (batch.partition != query.partition) continue;
      fruitless = 0;
      if (batch.first >= end || take_batch(batch, limit, records)) return records;
    }
    if (!records.empty() && records.back().offset.value() + 1 >= end.value()) break;
  }
  return records;
}

Positions positions_of(const RecordQuery& query, Positions durable_end) {
  durable_end[query.partition] = query.from;
  return durable_end;
}

Result<std::vector<KeptRecord>> read_records(Log& log, const RecordQuery& query) {
  if (query.partition.value() >= log.partition_count())
    return invalid("the log has {} partitions, numbered from 0, and no {}", log.partition_count(),
                   query.partition);
  Positions end = log.durable_end(query.family);
  const Offset own_end = end[query.partition];
  MOBILAKE_ASSIGN(auto reader, log.open_reader(query.family, positions_of(query, std::move(end))));
  return collect_records(*reader, query, own_end);
}

}  // namespace mobilake::log

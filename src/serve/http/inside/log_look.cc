// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/log_look.h"

namespace mobilake::serve {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;

enum class Step { kMore, kDone };

// Gives the batch's records from `range.from` on.
Step give(const log::ReadBatch& batch, const LogRange& range, const RecordSink& sink) {
  log::RecordCursor cursor(batch.bytes);
  log::RecordView record;
  for (std::uint64_t offset = batch.first.value(); cursor.next(record); ++offset)
    if (offset >= range.from.value() && !sink(batch.stream, log::Offset(offset), record))
      return Step::kDone;
  return Step::kMore;
}

}  // namespace

Result<> look_at_records(log::Log& log, const LogRange& range, std::uint64_t bytes_max,
                         const RecordSink& sink) {
  log::Positions from = log.durable_end(range.family);
  const auto found = from.find(range.partition);
  const log::Offset end = found == from.end() ? log::Offset(0) : found->second;
  if (range.from >= end) return {};
  // The other partitions begin at their ends, so their segments are not read.
  from[range.partition] = range.from;
  MOBILAKE_ASSIGN(const auto reader, log.open_reader(range.family, from));
  std::uint64_t read = 0;
  while (read < bytes_max) {
    MOBILAKE_ASSIGN(const auto batches, reader->next(kReadBytes, std::chrono::milliseconds(0)));
    if (batches.empty()) return {};
    for (const log::ReadBatch& batch : batches) {
      read += batch.bytes.size();
      if (batch.partition != range.partition) continue;
      if (batch.first >= end || give(batch, range, sink) == Step::kDone) return {};
    }
  }
  return {};
}

}  // namespace mobilake::serve

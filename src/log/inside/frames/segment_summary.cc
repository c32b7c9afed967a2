// SPDX-License-Identifier: Apache-2.0
#include "log/inside/frames/segment_summary.h"

#include <algorithm>

#include "log/inside/frames/segment_format.h"

namespace mobilake::log {

void SegmentSummary::add_frame(std::uint64_t file_offset, std::uint64_t frame_end) {
  frame_count += 1;
  data_end = frame_end;
  const bool new_span =
      index.empty() || index.back().file_offset / kIndexSpanBytes != file_offset / kIndexSpanBytes;
  if (new_span) index.push_back({file_offset, std::string((partition_count + 7u) / 8, '\0')});
}

void SegmentSummary::add_batch(PartitionId partition, Offset first, std::uint32_t batch_records) {
  record_count += batch_records;
  const Offset next(first.value() + batch_records);
  const auto [range, fresh] = ranges.try_emplace(partition, OffsetRange{first, next});
  // Not just the last: what stands in a damaged file may go back.
  if (!fresh) range->second.next = std::max(range->second.next, next);
  char& bits = index.back().partition_bits[partition.value() / 8];
  bits = static_cast<char>(static_cast<unsigned char>(bits) | 1u << (partition.value() % 8));
}

}  // namespace mobilake::log

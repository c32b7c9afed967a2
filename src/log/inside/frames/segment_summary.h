// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "log/log_types.h"

namespace mobilake::log {

/// The records of one partition in a segment: [first, next).
struct OffsetRange {
  Offset first;
  Offset next;
};

/// One entry of the sparse index: where the first frame begins that begins in this span of the
/// file, and which partitions the frames have that begin in it.
struct IndexEntry {
  std::uint64_t file_offset = 0;
  std::string partition_bits;  ///< bit p % 8 of byte p / 8

  bool has(PartitionId partition) const {
    const std::size_t byte = partition.value() / 8;
    return byte < partition_bits.size() &&
           (static_cast<unsigned char>(partition_bits[byte]) >> (partition.value() % 8) & 1) != 0;
  }
};

/// What a segment's footer says of its frames; the writer and recovery gather it frame by frame.
/// Thread safety: a value.
struct SegmentSummary {
  std::uint32_t frame_count = 0;
  std::uint64_t record_count = 0;
  std::uint64_t data_end = 0;  ///< the file offset after the last frame
  Timestamp sealed_at;
  std::uint64_t lost_records_max = 0;  ///< how many records its damaged bytes may have held
  std::uint16_t partition_count = 0;
  std::map<PartitionId, OffsetRange> ranges;
  std::vector<IndexEntry> index;

  /// Notes a frame; then add_batch() for each of its batches. Frames come in file order.
  void add_frame(std::uint64_t file_offset, std::uint64_t frame_end);
  void add_batch(PartitionId partition, Offset first, std::uint32_t record_count);
};

}  // namespace mobilake::log

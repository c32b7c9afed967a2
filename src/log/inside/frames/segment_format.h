// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "log/inside/frames/segment_summary.h"
#include "log/log_types.h"

// The bytes of a segment file: docs/formats/log-segment.md. Change both or neither.
namespace mobilake::log {

inline constexpr std::size_t kBlockBytes = 4096;           ///< everything begins on a block
inline constexpr std::size_t kIndexSpanBytes = 256 << 10;  ///< file bytes per entry of the index
inline constexpr std::uint32_t kFormatVersion = 1;

inline constexpr std::string_view kHeaderMagic = "MBLKSEG1";
inline constexpr std::size_t kHeaderHeadBytes = 52;
inline constexpr std::size_t kHeaderEntryBytes = 10;

inline constexpr std::uint32_t kFrameMagic = 0x4d52464d;  ///< "MFRM"
inline constexpr std::size_t kFrameHeadBytes = 32;
inline constexpr std::size_t kBatchHeadBytes = 20;
inline constexpr std::size_t kRecordHeadBytes = 20;

inline constexpr std::uint32_t kFooterMagic = 0x544f464d;   ///< "MFOT"
inline constexpr std::uint32_t kTrailerMagic = 0x4c52544d;  ///< "MTRL"
inline constexpr std::size_t kFooterHeadBytes = 64;
inline constexpr std::size_t kFooterRangeBytes = 18;
inline constexpr std::size_t kTrailerBytes = 24;

/// No record has an offset from here on: what claims one is damaged. Far enough from the end of
/// 64 bits that sums of offsets and counts cannot wrap.
inline constexpr std::uint64_t kOffsetEnd = std::uint64_t{1} << 62;

/// Returns `size` rounded up to whole blocks.
constexpr std::uint64_t whole_blocks(std::uint64_t size) {
  return (size + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

/// What tells a segment's own frames and footer from the bytes of the file's earlier lives.
struct SegmentIdentity {
  std::uint64_t generation = 0;      ///< the segment's number
  std::optional<std::uint32_t> tag;  ///< drawn at random; unknown where both headers are damaged
};

/// What stands at the start of a segment, twice.
struct SegmentHeader {
  std::uint64_t generation = 0;
  std::uint32_t tag = 0;
  Family family = Family::kData;
  std::uint16_t writer = 0;
  std::uint16_t partition_count = 0;
  Timestamp created_at;
  Positions next;  ///< the next offset of every partition that the writer owns
};

/// The fixed front of a frame.
struct FrameHead {
  std::uint32_t payload_bytes = 0;
  std::uint64_t generation = 0;
  std::uint32_t number = 0;  ///< within the segment, from 0
  std::uint32_t tag = 0;
  std::uint32_t payload_crc = 0;
};

/// The fixed front of a batch within a frame; its stream name and records follow.
struct BatchHead {
  std::uint32_t bytes = 0;
  std::uint32_t record_count = 0;
  Offset first;
  PartitionId partition;
  std::uint16_t stream_bytes = 0;
};

/// Returns the bytes that one copy of the header takes: room for all partitions, so that the second
/// copy is found when the first is damaged.
std::uint64_t header_copy_bytes(std::uint16_t partition_count);
/// Returns where the first frame begins.
inline std::uint64_t header_bytes(std::uint16_t partition_count) {
  return 2 * header_copy_bytes(partition_count);
}
/// Returns the bytes that are kept free for the footer of a segment of that size.
std::uint64_t footer_bytes_max(std::uint64_t segment_bytes, std::uint16_t partition_count);
/// Returns the bytes of a segment that frames can use.
std::uint64_t frame_capacity(std::uint64_t segment_bytes, std::uint16_t partition_count);

/// Returns both copies.
std::string encode_header(const SegmentHeader& header);
/// Reads one copy; nothing where the bytes are not a whole header of this version.
std::optional<SegmentHeader> decode_header(std::string_view copy);

void encode_frame_head(const FrameHead& head, char* out);
/// Reads a frame's front; nothing where it is not one or its own sum is wrong.
std::optional<FrameHead> decode_frame_head(std::string_view bytes);
/// Returns whether the bytes look like a damaged frame front of `identity`, rather than like a
/// place where no frame of it was ever written.
bool looks_like_frame_of(std::string_view bytes, const SegmentIdentity& identity);

void encode_batch_head(const BatchHead& head, char* out);
/// Requires: kBatchHeadBytes bytes.
BatchHead decode_batch_head(const char* bytes);

/// Returns footer and trailer, in whole blocks; they end where the file ends.
std::string encode_footer(const SegmentIdentity& identity, const SegmentSummary& summary);
/// Returns how many bytes the footer takes that ends with these kTrailerBytes, or nothing.
std::optional<std::uint32_t> decode_trailer(std::string_view bytes, std::uint64_t generation);
/// Reads a whole footer with its trailer; nothing where it is damaged or of another segment.
std::optional<SegmentSummary> decode_footer(std::string_view bytes, std::uint64_t generation);

/// Returns the file name of a segment, and the number in such a name.
std::string segment_file_name(std::uint64_t number);
std::optional<std::uint64_t> parse_segment_file_name(std::string_view name);

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/frames/segment_format.h"

#include <fmt/format.h>

#include <charconv>

#include "base/byte_order.h"
#include "base/crc32c.h"

namespace mobilake::log {
namespace {

using base::append_little;
using base::load_little;
using base::store_little;

constexpr std::size_t kHeaderCrcAt = 48;

std::int64_t micros(Timestamp time) {
  return time.time_since_epoch().count();
}
Timestamp timestamp(std::int64_t micros) {
  return Timestamp(base::microseconds(micros));
}

std::size_t bitmap_bytes(std::uint16_t partition_count) {
  return (partition_count + 7u) / 8;
}

// The sum of a header with its own field taken as zero.
std::uint32_t header_crc(std::string_view used) {
  const std::uint32_t front = base::crc32c(used.substr(0, kHeaderCrcAt));
  const std::uint32_t zero = base::crc32c(std::string_view("\0\0\0\0", 4), front);
  return base::crc32c(used.substr(kHeaderCrcAt + 4), zero);
}

}  // namespace

std::uint64_t header_copy_bytes(std::uint16_t partition_count) {
  return whole_blocks(kHeaderHeadBytes + kHeaderEntryBytes * std::uint64_t{partition_count});
}

std::uint64_t footer_bytes_max(std::uint64_t segment_bytes, std::uint16_t partition_count) {
  const std::uint64_t entries = segment_bytes / kIndexSpanBytes + 1;
  return whole_blocks(kFooterHeadBytes + kFooterRangeBytes * std::uint64_t{partition_count} +
                      entries * (8 + bitmap_bytes(partition_count)) + kTrailerBytes);
}

std::uint64_t frame_capacity(std::uint64_t segment_bytes, std::uint16_t partition_count) {
  const std::uint64_t beside =
      header_bytes(partition_count) + footer_bytes_max(segment_bytes, partition_count);
  return segment_bytes > beside ? segment_bytes - beside : 0;
}

std::string encode_header(const SegmentHeader& header) {
  std::string copy(kHeaderMagic);
  const std::uint64_t copy_bytes = header_copy_bytes(header.partition_count);
  append_little(copy, kFormatVersion);
  append_little(copy, static_cast<std::uint32_t>(copy_bytes));
  append_little(copy, header.generation);
  append_little(copy, header.tag);
  append_little(copy, header.writer);
  append_little(copy, header.partition_count);
  append_little(copy, static_cast<std::uint32_t>(header.family));
  append_little(copy, static_cast<std::uint32_t>(header.next.size()));
  append_little(copy, micros(header.created_at));
  append_little(copy, std::uint32_t{0});
  for (const auto& [partition, next] : header.next) {
    append_little(copy, partition.value());
    append_little(copy, next.value());
  }
  store_little(copy.data() + kHeaderCrcAt, header_crc(copy));
  copy.resize(copy_bytes, '\0');
  return copy + copy;
}

std::optional<SegmentHeader> decode_header(std::string_view copy) {
  if (copy.size() < kHeaderHeadBytes || !copy.starts_with(kHeaderMagic)) return std::nullopt;
  const char* at = copy.data();
  const auto entries = load_little<std::uint32_t>(at + 36);
  const std::uint64_t used = kHeaderHeadBytes + kHeaderEntryBytes * std::uint64_t{entries};
  if (load_little<std::uint32_t>(at + 8) != kFormatVersion || used > copy.size())
    return std::nullopt;
  if (load_little<std::uint32_t>(at + kHeaderCrcAt) != header_crc(copy.substr(0, used)))
    return std::nullopt;
  SegmentHeader header;
  header.generation = load_little<std::uint64_t>(at + 16);
  header.tag = load_little<std::uint32_t>(at + 24);
  header.writer = load_little<std::uint16_t>(at + 28);
  header.partition_count = load_little<std::uint16_t>(at + 30);
  header.family = load_little<std::uint32_t>(at + 32) == 0 ? Family::kData : Family::kSystem;
  header.created_at = timestamp(load_little<std::int64_t>(at + 40));
  for (std::uint32_t i = 0; i < entries; ++i) {
    const char* entry = at + kHeaderHeadBytes + kHeaderEntryBytes * i;
    if (load_little<std::uint64_t>(entry + 2) >= kOffsetEnd) return std::nullopt;
    header.next[PartitionId(load_little<std::uint16_t>(entry))] =
        Offset(load_little<std::uint64_t>(entry + 2));
  }
  return header;
}

void encode_frame_head(const FrameHead& head, char* out) {
  store_little(out, kFrameMagic);
  store_little(out + 4, head.payload_bytes);
  store_little(out + 8, head.generation);
  store_little(out + 16, head.number);
  store_little(out + 20, head.tag);
  store_little(out + 24, head.payload_crc);
  store_little(out + 28, base::crc32c({out, 28}));
}

std::optional<FrameHead> decode_frame_head(std::string_view bytes) {
  if (bytes.size() < kFrameHeadBytes) return std::nullopt;
  const char* at = bytes.data();
  if (load_little<std::uint32_t>(at) != kFrameMagic) return std::nullopt;
  if (load_little<std::uint32_t>(at + 28) != base::crc32c(bytes.substr(0, 28))) return std::nullopt;
  return FrameHead{load_little<std::uint32_t>(at + 4), load_little<std::uint64_t>(at + 8),
                   load_little<std::uint32_t>(at + 16), load_little<std::uint32_t>(at + 20),
                   load_little<std::uint32_t>(at + 24)};
}

bool looks_like_frame_of(std::string_view bytes, const SegmentIdentity& identity) {
  if (bytes.size() < kFrameHeadBytes) return false;
  // A whole front of another generation is what a recycled file held before.
  if (const auto head = decode_frame_head(bytes)) return head->generation == identity.generation;
  const char* at = bytes.data();
  // A footer whose rest was lost stands where the next frame would, and is none.
  if (load_little<std::uint32_t>(at) == kFooterMagic) return false;
  return load_little<std::uint32_t>(at) == kFrameMagic ||
         load_little<std::uint64_t>(at + 8) == identity.generation ||
         (identity.tag && load_little<std::uint32_t>(at + 20) == *identity.tag);
}

void encode_batch_head(const BatchHead& head, char* out) {
  store_little(out, head.bytes);
  store_little(out + 4, head.record_count);
  store_little(out + 8, head.first.value());
  store_little(out + 16, head.partition.value());
  store_little(out + 18, head.stream_bytes);
}

BatchHead decode_batch_head(const char* bytes) {
  return {load_little<std::uint32_t>(bytes), load_little<std::uint32_t>(bytes + 4),
          Offset(load_little<std::uint64_t>(bytes + 8)),
          PartitionId(load_little<std::uint16_t>(bytes + 16)),
          load_little<std::uint16_t>(bytes + 18)};
}

std::string encode_footer(const SegmentIdentity& identity, const SegmentSummary& summary) {
  std::string footer;
  const std::size_t used = kFooterHeadBytes + kFooterRangeBytes * summary.ranges.size() +
                           summary.index.size() * (8 + bitmap_bytes(summary.partition_count)) +
                           kTrailerBytes;
  const auto size = static_cast<std::uint32_t>(whole_blocks(used));
  append_little(footer, kFooterMagic);
  append_little(footer, size);
  append_little(footer, identity.generation);
  append_little(footer, identity.tag.value_or(0));
  append_little(footer, summary.frame_count);
  append_little(footer, summary.record_count);
  append_little(footer, summary.data_end);
  append_little(footer, micros(summary.sealed_at));
  append_little(footer, summary.partition_count);
  append_little(footer, static_cast<std::uint16_t>(summary.ranges.size()));
  append_little(footer, static_cast<std::uint32_t>(summary.index.size()));
  append_little(footer, summary.lost_records_max);
  for (const auto& [partition, range] : summary.ranges) {
    append_little(footer, partition.value());
    append_little(footer, range.first.value());
    append_little(footer, range.next.value());
  }
  for (const IndexEntry& entry : summary.index) {
    append_little(footer, entry.file_offset);
    footer += entry.partition_bits;
  }
  footer.resize(size - kTrailerBytes, '\0');
  std::string trailer;
  append_little(trailer, kTrailerMagic);
  append_little(trailer, size);
  append_little(trailer, identity.generation);
  append_little(trailer, base::crc32c(footer));
  append_little(trailer, base::crc32c(trailer));
  return footer + trailer;
}

std::optional<std::uint32_t> decode_trailer(std::string_view bytes, std::uint64_t generation) {
  const char* at = bytes.data();
  if (bytes.size() != kTrailerBytes || load_little<std::uint32_t>(at) != kTrailerMagic)
    return std::nullopt;
  if (load_little<std::uint32_t>(at + 20) != base::crc32c(bytes.substr(0, 20))) return std::nullopt;
  if (load_little<std::uint64_t>(at + 8) != generation) return std::nullopt;
  const auto size = load_little<std::uint32_t>(at + 4);
  if (size < kBlockBytes || size % kBlockBytes != 0) return std::nullopt;
  return size;
}

std::optional<SegmentSummary> decode_footer(std::string_view bytes, std::uint64_t generation) {
  if (bytes.size() < kBlockBytes) return std::nullopt;
  const std::string_view trailer = bytes.substr(bytes.size() - kTrailerBytes);
  const std::string_view body = bytes.substr(0, bytes.size() - kTrailerBytes);
  if (decode_trailer(trailer, generation) != bytes.size()) return std::nullopt;
  const char* at = body.data();
  if (load_little<std::uint32_t>(trailer.data() + 16) != base::crc32c(body)) return std::nullopt;
  if (load_little<std::uint32_t>(at) != kFooterMagic) return std::nullopt;
  if (load_little<std::uint64_t>(at + 8) != generation) return std::nullopt;
  SegmentSummary summary;
  summary.frame_count = load_little<std::uint32_t>(at + 20);
  summary.record_count = load_little<std::uint64_t>(at + 24);
  summary.data_end = load_little<std::uint64_t>(at + 32);
  summary.sealed_at = timestamp(load_little<std::int64_t>(at + 40));
  summary.partition_count = load_little<std::uint16_t>(at + 48);
  const std::size_t ranges = load_little<std::uint16_t>(at + 50);
  const std::size_t entries = load_little<std::uint32_t>(at + 52);
  summary.lost_records_max = load_little<std::uint64_t>(at + 56);
  const std::size_t entry_bytes = 8 + bitmap_bytes(summary.partition_count);
  if (kFooterHeadBytes + ranges * kFooterRangeBytes + entries * entry_bytes > body.size())
    return std::nullopt;
  at += kFooterHeadBytes;
  for (std::size_t i = 0; i < ranges; ++i, at += kFooterRangeBytes)
    summary.ranges[PartitionId(load_little<std::uint16_t>(at))] = {
        Offset(load_little<std::uint64_t>(at + 2)), Offset(load_little<std::uint64_t>(at + 10))};
  for (std::size_t i = 0; i < entries; ++i, at += entry_bytes)
    summary.index.push_back({load_little<std::uint64_t>(at), std::string(at + 8, entry_bytes - 8)});
  return summary;
}

std::string segment_file_name(std::uint64_t number) {
  return fmt::format("{:016x}.segment", number);
}

std::optional<std::uint64_t> parse_segment_file_name(std::string_view name) {
  if (name.size() != 24 || !name.ends_with(".segment")) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + 16, number, 16);
  if (failure != std::errc() || end != name.data() + 16) return std::nullopt;
  if (segment_file_name(number) != name) return std::nullopt;
  return number;
}

}  // namespace mobilake::log

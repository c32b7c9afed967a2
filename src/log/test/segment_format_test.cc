// SPDX-License-Identifier: Apache-2.0
#include "log/inside/frames/segment_format.h"

#include <gtest/gtest.h>

#include "base/disk.h"
#include "log/inside/frames/segment_file.h"

namespace mobilake::log {
namespace {

// Files that a second implementation of docs/formats/log-segment.md wrote, behind one byte that
// the fuzz target reads.
std::string foreign_file(const std::string& name) {
  const std::string path = MOBILAKE_SOURCE_DIR "/tests/fuzz/log_segments_fuzz/" + name;
  auto bytes = base::system_disk().read_file(path);
  EXPECT_TRUE(bytes.ok()) << path;
  return bytes.ok() ? bytes->substr(1) : "";
}

TEST(SegmentFormatTest, ReadsTheHeaderThatAnotherImplementationWrote) {
  const std::string file = foreign_file("sealed");
  const auto header = decode_header(std::string_view(file).substr(0, kBlockBytes));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->generation, 1u);
  EXPECT_EQ(header->tag, 0x12345678u);
  EXPECT_EQ(header->partition_count, 4);
  EXPECT_EQ(header->next.size(), 4u);
  // And writes the very bytes.
  EXPECT_EQ(encode_header(*header), file.substr(0, 2 * kBlockBytes));
}

TEST(SegmentFormatTest, ReadsTheFooterThatAnotherImplementationWrote) {
  const std::string file = foreign_file("sealed");
  const std::string footer = file.substr(file.size() - kBlockBytes);
  const auto summary = decode_footer(footer, 1);
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->frame_count, 3u);
  EXPECT_EQ(summary->record_count, 5u);
  EXPECT_EQ(summary->data_end, file.size() - kBlockBytes);
  EXPECT_EQ(summary->ranges.at(PartitionId(0)).next, Offset(3));
  ASSERT_EQ(summary->index.size(), 1u);
  EXPECT_TRUE(summary->index[0].has(PartitionId(3)));
  EXPECT_FALSE(summary->index[0].has(PartitionId(2)));
  EXPECT_EQ(encode_footer({1, 0x12345678}, *summary), footer);
  EXPECT_FALSE(decode_footer(footer, 2).has_value()) << "of another generation";
}

TEST(SegmentFormatTest, KeepsTheLostRecordsInTheFooter) {
  const std::string file = foreign_file("lost_records");
  EXPECT_EQ(decode_footer(file.substr(file.size() - kBlockBytes), 1)->lost_records_max, 77u);
}

TEST(SegmentFormatTest, AnyFlippedBitOfHeadsAndFooterIsNoticed) {
  const std::string file = foreign_file("sealed");
  const std::string header = file.substr(0, kHeaderHeadBytes + 4 * kHeaderEntryBytes);
  for (std::size_t bit = 0; bit < header.size() * 8; ++bit) {
    std::string flipped = header;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    // The size of a copy is covered by the sum, too.
    EXPECT_FALSE(decode_header(flipped).has_value()) << bit;
  }
  const std::string frame = file.substr(2 * kBlockBytes, kFrameHeadBytes);
  ASSERT_TRUE(decode_frame_head(frame).has_value());
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string flipped = frame;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_frame_head(flipped).has_value()) << bit;
    EXPECT_TRUE(looks_like_frame_of(flipped, {1, 0x12345678})) << bit;
  }
  const std::string footer = file.substr(file.size() - kBlockBytes);
  for (std::size_t bit = 0; bit < footer.size() * 8; ++bit) {
    std::string flipped = footer;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_footer(flipped, 1).has_value()) << bit;
  }
}

TEST(SegmentFormatTest, NamesCountInHexadecimalAndBack) {
  EXPECT_EQ(segment_file_name(255), "00000000000000ff.segment");
  EXPECT_EQ(parse_segment_file_name("00000000000000ff.segment"), 255u);
  for (const char* name : {"00000000000000FF.segment", "ff.segment", "00000000000000ff.segmen",
                           "-0000000000000ff.segment", "00000000000000fg.segment", ""})
    EXPECT_FALSE(parse_segment_file_name(name).has_value()) << name;
}

TEST(SegmentFormatTest, FooterAlwaysFitsTheSpaceKeptForIt) {
  for (const std::uint16_t partitions : std::vector<std::uint16_t>{1, 64, 1000, 16384})
    for (const std::uint64_t size : {1ull << 20, 64ull << 20}) {
      SegmentSummary summary;
      summary.partition_count = partitions;
      const std::uint64_t begin = header_bytes(partitions);
      for (std::uint64_t at = begin; at < size; at += kIndexSpanBytes)
        summary.add_frame(at, at + kBlockBytes);
      for (std::uint16_t p = 0; p < partitions; ++p)
        summary.add_batch(PartitionId(p), Offset(0), 1);
      EXPECT_LE(encode_footer({1, 1}, summary).size(), footer_bytes_max(size, partitions));
    }
}

}  // namespace
}  // namespace mobilake::log

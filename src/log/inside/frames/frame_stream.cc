// SPDX-License-Identifier: Apache-2.0
#include "log/inside/frames/frame_stream.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/crc32c.h"

namespace mobilake::log {

FrameStream::FrameStream(File& file, SegmentIdentity identity, std::uint64_t begin)
    : file_(file), identity_(identity), buffer_offset_(begin), position_(begin) {}

Result<bool> FrameStream::fill(std::uint64_t end, std::size_t bytes) {
  end_ = end / kBlockBytes * kBlockBytes;
  if (position_ >= end_) return false;
  const std::string_view kept = left();
  const std::uint64_t target = std::max<std::uint64_t>({bytes, wanted_, kBlockBytes});
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(end_ - position_, whole_blocks(target)));
  if (kept.size() < size) {
    if (buffer_.size() < size) {
      BlockBuffer larger;
      larger.reset(size);
      std::copy(kept.begin(), kept.end(), larger.data());
      buffer_ = std::move(larger);
    } else if (!kept.empty()) {
      std::memmove(buffer_.data(), kept.data(), kept.size());
    }
    buffer_size_ = kept.size();
    buffer_offset_ = position_;
    MOBILAKE_ASSIGN(
        const std::size_t got,
        file_.read(position_ + buffer_size_, buffer_.data() + buffer_size_, size - buffer_size_));
    buffer_size_ += got;
    // A file that is shorter than it should be reads as zeros, which are no frame.
    std::fill(buffer_.data() + buffer_size_, buffer_.data() + size, '\0');
    buffer_size_ = size;
  }
  return true;
}

std::optional<FrameView> FrameStream::next() {
  wanted_ = 0;
  while (left().size() >= kFrameHeadBytes) {
    const std::string_view bytes = left();
    const auto head = decode_frame_head(bytes);
    if (!head || !is_ours(*head)) {
      skip_block();
      continue;
    }
    const std::uint64_t size = kFrameHeadBytes + std::uint64_t{head->payload_bytes};
    if (whole_blocks(size) > end_ - position_) {
      skip_block();
      continue;
    }
    if (bytes.size() < size) {
      wanted_ = static_cast<std::size_t>(whole_blocks(size));
      return std::nullopt;
    }
    const std::string_view payload = bytes.substr(kFrameHeadBytes, head->payload_bytes);
    if (base::crc32c(payload) != head->payload_crc) {
      skip_block();
      continue;
    }
    return accept(*head, payload);
  }
  return std::nullopt;
}

FrameView FrameStream::take(std::string_view bytes) {
  const auto head = decode_frame_head(bytes);
  MOBILAKE_CHECK(head && is_ours(*head));
  return accept(*head, bytes.substr(kFrameHeadBytes, head->payload_bytes));
}

FrameView FrameStream::accept(const FrameHead& head, std::string_view payload) {
  identity_.tag = head.tag;
  const std::uint64_t size = whole_blocks(kFrameHeadBytes + payload.size());
  FrameView frame{position_, position_ + size, head.number, payload, gap_from_};
  gap_from_.reset();
  gap_suspicious_ = false;
  position_ = frame.frame_end;
  return frame;
}

void FrameStream::skip_to(std::uint64_t offset) {
  position_ = std::max(position_, offset);
}

std::string_view FrameStream::left() const {
  const std::uint64_t used = position_ - buffer_offset_;
  if (used >= buffer_size_) return {};
  return buffer_.bytes().substr(used, buffer_size_ - static_cast<std::size_t>(used));
}

void FrameStream::skip_block() {
  if (!gap_from_) {
    gap_from_ = position_;
    gap_suspicious_ = looks_like_frame_of(left(), identity_);
  }
  position_ = std::min(position_ + kBlockBytes, end_);
}

bool FrameStream::is_ours(const FrameHead& head) {
  return head.generation == identity_.generation && (!identity_.tag || head.tag == *identity_.tag);
}

bool BatchWalk::next(ReadBatch& batch) {
  if (left_.size() < kBatchHeadBytes) return false;
  const BatchHead head = decode_batch_head(left_.data());
  const std::uint64_t size = kBatchHeadBytes + std::uint64_t{head.stream_bytes} + head.bytes;
  if (size > left_.size() || head.partition.value() >= partition_count_ || head.record_count == 0 ||
      head.first.value() >= kOffsetEnd)
    return false;
  batch.partition = head.partition;
  batch.stream = left_.substr(kBatchHeadBytes, head.stream_bytes);
  batch.first = head.first;
  batch.record_count = head.record_count;
  batch.bytes = left_.substr(kBatchHeadBytes + head.stream_bytes, head.bytes);
  left_.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

bool cut_batch(ReadBatch& batch, Offset from) {
  if (batch.first.value() + batch.record_count <= from.value()) return false;
  if (batch.first >= from) return true;
  const auto below = static_cast<std::uint32_t>(from.value() - batch.first.value());
  RecordCursor records(batch.bytes);
  RecordView record;
  for (std::uint32_t i = 0; i < below; ++i)
    if (!records.next(record)) return false;
  batch.bytes = records.left();
  batch.first = from;
  batch.record_count -= below;
  return true;
}

}  // namespace mobilake::log

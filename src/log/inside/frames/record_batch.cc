// SPDX-License-Identifier: Apache-2.0
#include "log/record_batch.h"

#include <algorithm>

#include "base/byte_order.h"
#include "base/check.h"
#include "log/inside/frames/segment_format.h"

namespace mobilake::log {

void RecordBatch::add(const RecordView& record) {
  MOBILAKE_CHECK(record.topic.size() <= UINT16_MAX);
  const std::size_t body = record.topic.size() + record.attributes.size() + record.payload.size();
  const std::size_t size = kRecordHeadBytes - 4 + body;
  MOBILAKE_CHECK(size <= UINT32_MAX && record.attributes.size() <= UINT32_MAX);
  const std::size_t before = bytes_.size();
  // One growth for all parts: every message of every vehicle comes through here.
  const std::size_t after = before + kRecordHeadBytes + body;
  bytes_.resize_and_overwrite(after, [&](char* all, std::size_t) {
    char* const head = all + before;
    base::store_little(head, static_cast<std::uint32_t>(size));
    head[4] = static_cast<char>(record.kind);
    head[5] = static_cast<char>(record.flags);
    base::store_little(head + 6, static_cast<std::uint16_t>(record.topic.size()));
    base::store_little(head + 8, static_cast<std::uint32_t>(record.attributes.size()));
    base::store_little<std::int64_t>(head + 12, record.received_at.time_since_epoch().count());
    char* at = head + kRecordHeadBytes;
    for (const std::string_view part : {record.topic, record.attributes, record.payload})
      at = std::copy(part.begin(), part.end(), at);
    return after;
  });
  record_count_ += 1;
}

bool RecordCursor::next(RecordView& record) {
  if (left_.size() < kRecordHeadBytes) return false;
  const char* head = left_.data();
  const auto size = base::load_little<std::uint32_t>(head);
  const auto topic_size = base::load_little<std::uint16_t>(head + 6);
  const auto attributes_size = base::load_little<std::uint32_t>(head + 8);
  if (size > left_.size() - 4) return false;
  const std::uint64_t named = kRecordHeadBytes - 4 + std::uint64_t{topic_size} + attributes_size;
  if (named > size || static_cast<unsigned char>(head[4]) > 1) return false;
  const std::string_view body = left_.substr(kRecordHeadBytes, size + 4 - kRecordHeadBytes);
  record.kind = static_cast<RecordView::Kind>(head[4]);
  record.flags = static_cast<std::uint8_t>(head[5]);
  record.received_at = Timestamp(base::microseconds(base::load_little<std::int64_t>(head + 12)));
  record.topic = body.substr(0, topic_size);
  record.attributes = body.substr(topic_size, attributes_size);
  record.payload = body.substr(std::size_t{topic_size} + attributes_size);
  left_.remove_prefix(std::size_t{size} + 4);
  return true;
}

PartitionId partition_of(std::string_view key, std::uint16_t partition_count) {
  MOBILAKE_CHECK(partition_count > 0);
  // FNV-1a, then the finaliser of MurmurHash3: FNV's upper bits alone spread short keys badly.
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char byte : key)
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  hash ^= hash >> 33;
  const auto wide = static_cast<unsigned __int128>(hash) * partition_count;
  return PartitionId(static_cast<std::uint16_t>(wide >> 64));
}

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/consumer_holds.h"

#include "base/byte_order.h"
#include "base/crc32c.h"

namespace mobilake::log {
namespace {

using base::append_little;
using base::load_little;

// Layout: docs/formats/log-segment.md, "consumers".
constexpr std::string_view kMagic = "MBLKHLD1";

/// Takes fixed fields off the front of a text; a field beyond its end reads as 0 and spoils `ok`.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : left_(bytes) {}

  template <typename T>
  T take() {
    const std::string_view field = take_bytes(sizeof(T));
    return field.size() == sizeof(T) ? load_little<T>(field.data()) : T{0};
  }
  std::string_view take_bytes(std::size_t size) {
    ok_ = ok_ && size <= left_.size();
    if (!ok_) return {};
    const std::string_view field = left_.substr(0, size);
    left_.remove_prefix(size);
    return field;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return left_.empty(); }

 private:
  std::string_view left_;
  bool ok_ = true;
};

std::string encode(const std::map<std::string, Positions, std::less<>>& all) {
  std::string bytes(kMagic);
  for (const auto& [consumer, positions] : all) {
    append_little(bytes, static_cast<std::uint16_t>(consumer.size()));
    append_little(bytes, static_cast<std::uint32_t>(positions.size()));
    bytes += consumer;
    for (const auto& [partition, offset] : positions) {
      append_little(bytes, partition.value());
      append_little(bytes, offset.value());
    }
  }
  append_little(bytes, base::crc32c(bytes));
  return bytes;
}

}  // namespace

Result<> ConsumerHolds::load(Disk& disk) {
  MOBILAKE_ASSIGN(const bool there, disk.exists(path_));
  if (!there) return {};
  MOBILAKE_ASSIGN(const std::string bytes, disk.read_file(path_));
  const std::string_view all = bytes;
  if (all.size() < kMagic.size() + 4 || !all.starts_with(kMagic) ||
      load_little<std::uint32_t>(all.data() + all.size() - 4) !=
          base::crc32c(all.substr(0, all.size() - 4)))
    return corrupt("the positions of the log's consumers are damaged: {}", path_);
  FieldReader fields(all.substr(kMagic.size(), all.size() - kMagic.size() - 4));
  auto state = state_.lock();
  while (fields.ok() && !fields.at_end()) {
    const auto name_bytes = fields.take<std::uint16_t>();
    const auto count = fields.take<std::uint32_t>();
    Positions& positions = state->positions[std::string(fields.take_bytes(name_bytes))];
    for (std::uint32_t i = 0; i < count && fields.ok(); ++i) {
      const PartitionId partition(fields.take<std::uint16_t>());
      positions[partition] = Offset(fields.take<std::uint64_t>());
    }
  }
  return {};
}

Result<> ConsumerHolds::save(Disk& disk) {
  std::string bytes;
  {
    auto state = state_.lock();
    if (!state->changed) return {};
    state->changed = false;
    bytes = encode(state->positions);
  }
  auto saved = disk.replace_file(path_, bytes);
  if (!saved.ok()) state_.lock()->changed = true;
  return saved;
}

void ConsumerHolds::hold(std::string_view consumer, const Positions& positions) {
  auto state = state_.lock();
  Positions& held = state->positions[std::string(consumer)];
  state->changed = state->changed || held != positions || positions.empty();
  held = positions;
}

void ConsumerHolds::release(std::string_view consumer) {
  auto state = state_.lock();
  const auto found = state->positions.find(consumer);
  if (found == state->positions.end()) return;
  state->positions.erase(found);
  state->changed = true;
}

std::optional<std::string> ConsumerHolds::holder_of(const SegmentSummary& summary) {
  auto state = state_.lock();
  for (const auto& [consumer, positions] : state->positions)
    for (const auto& [partition, range] : summary.ranges) {
      const auto position = positions.find(partition);
      if (position == positions.end() || position->second < range.next) return consumer;
    }
  return std::nullopt;
}

}  // namespace mobilake::log

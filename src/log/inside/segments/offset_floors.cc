// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/offset_floors.h"

#include "base/byte_order.h"
#include "base/crc32c.h"

namespace mobilake::log {
namespace {

using base::append_little;
using base::load_little;

// Layout: docs/formats/log-segment.md, "offsets".
constexpr std::string_view kMagic = "MBLKOFS1";
constexpr std::size_t kEntryBytes = 10;
constexpr std::size_t kCrcBytes = 4;

}  // namespace

Result<std::optional<Positions>> OffsetFloors::load(Disk& disk) const {
  MOBILAKE_ASSIGN(const bool there, disk.exists(path_));
  if (!there) return std::optional<Positions>{};
  MOBILAKE_ASSIGN(const std::string bytes, disk.read_file(path_));
  const std::string_view all = bytes;
  const std::size_t beside = kMagic.size() + kCrcBytes;
  if (all.size() < beside || (all.size() - beside) % kEntryBytes != 0 || !all.starts_with(kMagic) ||
      load_little<std::uint32_t>(all.data() + all.size() - kCrcBytes) !=
          base::crc32c(all.substr(0, all.size() - kCrcBytes)))
    return corrupt("the saved offsets of the log are damaged: {}", path_);
  Positions next;
  for (std::size_t at = kMagic.size(); at + kCrcBytes < all.size(); at += kEntryBytes)
    next[PartitionId(load_little<std::uint16_t>(all.data() + at))] =
        Offset(load_little<std::uint64_t>(all.data() + at + 2));
  return std::optional(std::move(next));
}

Result<> OffsetFloors::save(Disk& disk, const Positions& next) const {
  std::string bytes(kMagic);
  for (const auto& [partition, offset] : next) {
    append_little(bytes, partition.value());
    append_little(bytes, offset.value());
  }
  append_little(bytes, base::crc32c(bytes));
  return disk.replace_file(path_, bytes);
}

}  // namespace mobilake::log

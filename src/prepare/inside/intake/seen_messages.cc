// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_messages.h"

#include <algorithm>

namespace mobilake::prepare {
namespace {

constexpr int kPlaceBits = 8;
constexpr std::int64_t kPlaceMask = (1 << kPlaceBits) - 1;
constexpr std::int64_t kTimeBlockUs = 256'000'000;
// A node of the map, its key and two vectors.
constexpr std::size_t kVehicleBytes = 160;

}  // namespace

Novelty SeenMessages::add(const Message& message) {
  Vehicle& vehicle = vehicle_of(message.vehicle);
  if (!message.sequence) {
    Block& block = block_of(vehicle.by_time, message.device_time_us / kTimeBlockUs);
    return add_more(block, message.hash) ? Novelty::kNew : Novelty::kDuplicate;
  }
  Block& block = block_of(vehicle.by_sequence, *message.sequence >> kPlaceBits);
  return add_by_sequence(block, static_cast<std::size_t>(*message.sequence & kPlaceMask),
                         message.hash);
}

SeenMessages::Vehicle& SeenMessages::vehicle_of(std::string_view id) {
  const auto found = vehicles_.find(id);
  if (found != vehicles_.end()) return found->second;
  memory_bytes_ += kVehicleBytes + id.size();
  return vehicles_.emplace(id, Vehicle{}).first->second;
}

SeenMessages::Block& SeenMessages::block_of(std::vector<Block>& blocks, std::int64_t number) {
  // Nearly always it is the newest one.
  if (!blocks.empty() && blocks.back().number == number) return blocks.back();
  const auto place =
      std::lower_bound(blocks.begin(), blocks.end(), number,
                       [](const Block& block, std::int64_t n) { return block.number < n; });
  if (place != blocks.end() && place->number == number) return *place;
  memory_bytes_ += sizeof(Block);
  return *blocks.insert(place, Block{number, {}, {}});
}

Novelty SeenMessages::add_by_sequence(Block& block, std::size_t place, std::uint64_t hash) {
  if (block.hashes.size() <= place) {
    memory_bytes_ += (place + 1 - block.hashes.size()) * sizeof(std::uint64_t);
    block.hashes.resize(place + 1);
  }
  std::uint64_t& first = block.hashes[place];
  if (first == hash) return Novelty::kDuplicate;
  if (first == 0) {
    first = hash;
    return Novelty::kNew;
  }
  // The place is mixed in, since `more` belongs to all sequences of the block.
  return add_more(block, hash ^ (place * 0x9e3779b97f4a7c15ULL)) ? Novelty::kSequenceReused
                                                                 : Novelty::kDuplicate;
}

bool SeenMessages::add_more(Block& block, std::uint64_t hash) {
  if (std::find(block.more.begin(), block.more.end(), hash) != block.more.end()) return false;
  block.more.push_back(hash);
  memory_bytes_ += sizeof(std::uint64_t);
  return true;
}

}  // namespace mobilake::prepare

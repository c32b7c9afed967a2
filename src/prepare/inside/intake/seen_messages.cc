// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_messages.h"

#include <algorithm>
#include <chrono>

namespace mobilake::prepare {
namespace {

constexpr int kPlaceBits = 8;
constexpr std::int64_t kPlaceMask = (1 << kPlaceBits) - 1;
static_assert(kPlaceMask + 1 == SeenBlock::kSequences);
constexpr std::int64_t kTimeBlockUs = 256'000'000;
// A node of the map, its key and two timelines.
constexpr std::size_t kVehicleBytes = 192;
constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;

std::int64_t seconds_of(Timestamp moment) {
  return std::chrono::floor<std::chrono::seconds>(moment).time_since_epoch().count();
}

}  // namespace

Result<Novelty> SeenMessages::add(const Message& message) {
  Vehicle& vehicle = vehicle_of(message.vehicle, message.vehicle_code);
  SeenBlockId id{account_, message.vehicle, Kind::kTime, message.device_time_us / kTimeBlockUs};
  if (message.sequence) {
    id.kind = Kind::kSequence;
    id.number = *message.sequence >> kPlaceBits;
  }
  Timeline& timeline = message.sequence ? vehicle.by_sequence : vehicle.by_time;
  MOBILAKE_ASSIGN(SeenBlock* const block, block_of(timeline, id));
  const std::size_t before = block->memory_bytes();
  Novelty novelty = Novelty::kNew;
  if (message.sequence) {
    const auto place = static_cast<std::size_t>(*message.sequence & kPlaceMask);
    novelty = add_by_sequence(*block, place, message.hash);
  } else if (block->more.insert(message.hash)) {
    block->mark(SeenBlock::kMorePart);
  } else {
    novelty = Novelty::kDuplicate;
  }
  block->newest_s = std::max(block->newest_s, seconds_of(message.received_at));
  memory_bytes_ += block->memory_bytes() - before;
  return novelty;
}

// The rows' dictionary looked the vehicle up already; its code spares a second time.
SeenMessages::Vehicle& SeenMessages::vehicle_of(std::string_view id, std::uint32_t code) {
  if (code < by_code_.size() && by_code_[code] != nullptr) return *by_code_[code];
  auto found = vehicles_.find(id);
  if (found == vehicles_.end()) {
    memory_bytes_ += kVehicleBytes + id.size();
    found = vehicles_.emplace(id, Vehicle{}).first;
  }
  if (code != kNoCode) {
    if (code >= by_code_.size()) by_code_.resize(code + 1);
    by_code_[code] = &found->second;
  }
  return found->second;
}

Result<SeenBlock*> SeenMessages::block_of(Timeline& timeline, const SeenBlockId& id) {
  auto& blocks = timeline.blocks;
  // Nearly always it is the newest one.
  if (!blocks.empty() && blocks.back().number == id.number) return &blocks.back();
  const auto below = [](const SeenBlock& block, std::int64_t number) {
    return block.number < number;
  };
  auto place = std::lower_bound(blocks.begin(), blocks.end(), id.number, below);
  if (place != blocks.end() && place->number == id.number) return &*place;
  MOBILAKE_ASSIGN(SeenBlock block, load_block(timeline, id));
  memory_bytes_ += block.memory_bytes();
  return &*blocks.insert(place, std::move(block));
}

// Returns the block as the store has it, or an empty one.
Result<SeenBlock> SeenMessages::load_block(Timeline& timeline, const SeenBlockId& id) {
  SeenBlock block;
  block.number = id.number;
  if (store_ != nullptr) {
    if (!timeline.looked_up) {
      MOBILAKE_ASSIGN(const auto newest, store_->newest_number(id));
      if (newest) timeline.newest = std::max(timeline.newest.value_or(*newest), *newest);
      timeline.looked_up = true;
    }
    // What is beyond the newest was never seen, and need not be looked for.
    if (timeline.newest && id.number <= *timeline.newest) MOBILAKE_TRY(store_->load(id, block));
  }
  timeline.newest = std::max(timeline.newest.value_or(id.number), id.number);
  return block;
}

Novelty SeenMessages::add_by_sequence(SeenBlock& block, std::size_t place, std::uint64_t hash) {
  if (block.hashes.size() <= place) block.hashes.resize(place + 1);
  std::uint64_t& first = block.hashes[place];
  if (first == hash) return Novelty::kDuplicate;
  if (first == 0) {
    first = hash;
    block.mark(place / SeenBlock::kSequencesPerPart);
    return Novelty::kNew;
  }
  // The place is mixed in, since `more` belongs to all sequences of the block.
  const std::uint64_t mixed = hash ^ (place * kOdd);
  if (!block.more.insert(mixed == 0 ? 1 : mixed)) return Novelty::kDuplicate;
  block.mark(SeenBlock::kMorePart);
  return Novelty::kSequenceReused;
}

Result<> SeenMessages::write_changes() {
  std::vector<const Vehicles::value_type*> changed;
  for (const auto& entry : vehicles_)
    if (entry.second.by_sequence.is_changed() || entry.second.by_time.is_changed())
      changed.push_back(&entry);
  // In the order of their keys, the store finds each place beside the last one.
  std::sort(changed.begin(), changed.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* entry : changed) {
    const auto& [name, vehicle] = *entry;
    MOBILAKE_TRY(write_timeline(vehicle.by_sequence, {account_, name, Kind::kSequence, 0}));
    MOBILAKE_TRY(write_timeline(vehicle.by_time, {account_, name, Kind::kTime, 0}));
  }
  return {};
}

Result<> SeenMessages::write_timeline(const Timeline& timeline, SeenBlockId id) {
  for (const SeenBlock& block : timeline.blocks) {
    if (block.unwritten == 0) continue;
    id.number = block.number;
    MOBILAKE_TRY(store_->write(id, block));
  }
  return {};
}

void SeenMessages::mark_written() {
  for (auto& [name, vehicle] : vehicles_)
    for (Timeline* timeline : {&vehicle.by_sequence, &vehicle.by_time})
      for (SeenBlock& block : timeline->blocks)
        block.unwritten = 0;
}

void SeenMessages::release(bool all) {
  if (all) {
    vehicles_.clear();
    by_code_.clear();
    memory_bytes_ = 0;
    return;
  }
  for (auto& [name, vehicle] : vehicles_) {
    release_timeline(vehicle.by_sequence);
    release_timeline(vehicle.by_time);
  }
}

void SeenMessages::release_timeline(Timeline& timeline) {
  if (timeline.blocks.size() < 2) return;
  for (auto block = timeline.blocks.begin(); block + 1 != timeline.blocks.end(); ++block)
    memory_bytes_ -= block->memory_bytes();
  timeline.blocks.erase(timeline.blocks.begin(), timeline.blocks.end() - 1);
}

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_messages.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <tuple>

namespace mobilake::prepare {
namespace {

constexpr int kPlaceBits = std::countr_zero(SeenBlock::kSequences);
constexpr std::int64_t kPlaceMask = SeenBlock::kSequences - 1;
constexpr std::int64_t kTimeBlockUs = 256'000'000;
// What a map spends on a node beside its value.
constexpr std::size_t kNodeBytes = 32;
constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;

std::int64_t seconds_of(Timestamp moment) {
  return std::chrono::floor<std::chrono::seconds>(moment).time_since_epoch().count();
}

}  // namespace

Result<Novelty> SeenMessages::add(const Message& message) {
  Side& side = sides_[message.sequence ? 0 : 1];
  MOBILAKE_ASSIGN(Vehicle* const vehicle, vehicle_of(side, message));
  Timeline& timeline = vehicle->second;
  const std::int64_t number =
      message.sequence ? *message.sequence >> kPlaceBits : message.device_time_us / kTimeBlockUs;
  SeenBlock* block = &timeline.newest;
  if (!timeline.any || block->number != number) {
    MOBILAKE_ASSIGN(block, block_of(timeline, {account_, message.vehicle, side.kind, number}));
  }
  Novelty novelty = Novelty::kNew;
  if (message.sequence) {
    const auto place = static_cast<std::size_t>(*message.sequence & kPlaceMask);
    novelty = add_by_sequence(*block, place, message.hash);
    timeline.last = static_cast<std::uint8_t>(place);
  } else {
    const std::size_t before = block->memory_bytes();
    if (!block->insert_more(message.hash)) novelty = Novelty::kDuplicate;
    memory_bytes_ += block->memory_bytes() - before;
  }
  block->newest_s = std::max(block->newest_s, seconds_of(message.received_at));
  if (novelty == Novelty::kDuplicate) return novelty;
  block->changed = true;
  if (!std::exchange(timeline.changed, true)) side.changed.push_back(vehicle);
  timeline.checkpoint = checkpoint_;
  return novelty;
}

// The rows' dictionary looked the vehicle up already; its code spares a second time.
Result<SeenMessages::Vehicle*> SeenMessages::vehicle_of(Side& side, const Message& message) {
  auto& by_code = side.by_code;
  const std::uint32_t code = message.vehicle_code;
  if (code < by_code.size() && by_code[code] != nullptr) return by_code[code];
  auto found = side.vehicles.find(message.vehicle);
  if (found == side.vehicles.end()) {
    Timeline timeline;
    timeline.checkpoint = checkpoint_;
    if (store_ != nullptr) {
      MOBILAKE_ASSIGN(timeline.any, store_->load_newest({account_, message.vehicle, side.kind, 0},
                                                        timeline.newest));
    }
    found = side.vehicles.emplace(message.vehicle, std::move(timeline)).first;
    memory_bytes_ += kNodeBytes + sizeof(Vehicle) - sizeof(SeenBlock) + message.vehicle.size() +
                     found->second.newest.memory_bytes();
  }
  if (code != kNoCode) {
    if (code >= by_code.size()) by_code.resize(code + 1);
    by_code[code] = &*found;
  }
  return &*found;
}

Result<SeenBlock*> SeenMessages::block_of(Timeline& timeline, const SeenBlockId& id) {
  if (timeline.any && id.number < timeline.newest.number) return older_block(timeline, id);
  // What is beyond the newest was never seen, and need not be looked for.
  if (timeline.any) {
    make_room(timeline.older);
    timeline.older.push_back(std::move(timeline.newest));
  }
  timeline.newest = SeenBlock{};
  timeline.newest.number = id.number;
  timeline.any = true;
  return &timeline.newest;
}

Result<SeenBlock*> SeenMessages::older_block(Timeline& timeline, const SeenBlockId& id) {
  auto& older = timeline.older;
  const auto found = std::lower_bound(
      older.begin(), older.end(), id.number,
      [](const SeenBlock& block, std::int64_t number) { return block.number < number; });
  if (found != older.end() && found->number == id.number) return &*found;
  const auto place = found - older.begin();
  SeenBlock block;
  block.number = id.number;
  if (store_ != nullptr) MOBILAKE_TRY(store_->load(id, block));
  memory_bytes_ += block.memory_bytes() - sizeof(SeenBlock);
  make_room(older);
  return &*older.insert(older.begin() + place, std::move(block));
}

// Grows by less than a vector would, and counts it.
void SeenMessages::make_room(std::vector<SeenBlock>& older) {
  if (older.size() < older.capacity()) return;
  const std::size_t before = older.capacity();
  older.reserve(before + before / 4 + 1);
  memory_bytes_ += (older.capacity() - before) * sizeof(SeenBlock);
}

Novelty SeenMessages::add_by_sequence(SeenBlock& block, std::size_t place, std::uint64_t hash) {
  std::uint64_t& first = block.hashes[place];
  if (first == hash) return Novelty::kDuplicate;
  if (first == 0) {
    first = hash;
    return Novelty::kNew;
  }
  // The place is mixed in, since `more` belongs to all sequences of the block.
  const std::uint64_t mixed = hash ^ (place * kOdd);
  const std::size_t before = block.memory_bytes();
  const bool fresh = block.insert_more(mixed == 0 ? 1 : mixed);
  memory_bytes_ += block.memory_bytes() - before;
  return fresh ? Novelty::kSequenceReused : Novelty::kDuplicate;
}

// Nearly every message has a sequence, which is the last one's successor.
void SeenMessages::prefetch(std::uint32_t vehicle_code, int step) const {
  const Side& side = sides_[0];
  if (vehicle_code >= side.by_code.size() || side.by_code[vehicle_code] == nullptr) return;
  const Timeline& timeline = side.by_code[vehicle_code]->second;
  if (step == 0) {
    __builtin_prefetch(&timeline);
    __builtin_prefetch(&timeline.newest);
  } else {
    __builtin_prefetch(&timeline.newest.hashes[(timeline.last + 1) % SeenBlock::kSequences]);
  }
}

void SeenMessages::forget_codes() {
  for (Side& side : sides_)
    side.by_code.clear();
}

Result<> SeenMessages::write_changes() {
  std::vector<std::pair<const Vehicle*, Kind>> changed;
  for (const Side& side : sides_)
    for (const Vehicle* vehicle : side.changed)
      changed.emplace_back(vehicle, side.kind);
  std::sort(changed.begin(), changed.end(), [](const auto& a, const auto& b) {
    const std::string& left = a.first->first;
    const std::string& right = b.first->first;
    return left == right ? a.second < b.second : SeenNameOrder{}(left, right);
  });
  for (const auto& [vehicle, kind] : changed)
    MOBILAKE_TRY(write_vehicle(*vehicle, kind));
  return {};
}

Result<> SeenMessages::write_vehicle(const Vehicle& vehicle, Kind kind) {
  const auto& [name, timeline] = vehicle;
  SeenBlockId id{account_, name, kind, 0};
  for (const SeenBlock& block : timeline.older) {
    id.number = block.number;
    if (block.changed) MOBILAKE_TRY(store_->write(id, block));
  }
  id.number = timeline.newest.number;
  return timeline.newest.changed ? store_->write(id, timeline.newest) : Result<>();
}

void SeenMessages::mark_written() {
  for (Side& side : sides_) {
    for (Vehicle* vehicle : side.changed) {
      Timeline& timeline = vehicle->second;
      timeline.changed = timeline.newest.changed = false;
      for (SeenBlock& block : timeline.older)
        block.changed = false;
    }
    side.changed.clear();
  }
  ++checkpoint_;
}

void SeenMessages::release(Release what) {
  for (Side& side : sides_) {
    for (auto& [name, timeline] : side.vehicles)
      release_older(timeline);
    if (what == Release::kOlderBlocks) continue;
    side.by_code.clear();
    if (what == Release::kIdleVehicles)
      release_idle(side);
    else
      side.vehicles.clear();
  }
  if (what == Release::kAll) memory_bytes_ = 0;
}

void SeenMessages::release_older(Timeline& timeline) {
  memory_bytes_ -= timeline.older.capacity() * sizeof(SeenBlock);
  for (const SeenBlock& block : timeline.older)
    memory_bytes_ -= block.memory_bytes() - sizeof(SeenBlock);
  timeline.older = std::vector<SeenBlock>();
}

void SeenMessages::release_idle(Side& side) {
  std::erase_if(side.vehicles, [this](const Vehicle& vehicle) {
    const auto& [name, timeline] = vehicle;
    if (timeline.checkpoint + 1 >= checkpoint_) return false;
    memory_bytes_ -= kNodeBytes + sizeof(Vehicle) - sizeof(SeenBlock) + name.size() +
                     timeline.newest.memory_bytes();
    return true;
  });
}

}  // namespace mobilake::prepare

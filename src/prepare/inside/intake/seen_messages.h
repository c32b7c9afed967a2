// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "prepare/inside/intake/seen_block.h"
#include "prepare/inside/intake/seen_store.h"

namespace mobilake::prepare {

/// What is new about a message.
enum class Novelty : std::uint8_t {
  kNew,
  kDuplicate,       ///< same vehicle, sequence, device time and payload
  kSequenceReused,  ///< the sequence was seen with another hash: new, and worth a count
};

/// Remembers the messages of one account's vehicles, to tell duplicates apart (docs/adr/0002).
///
/// Eight bytes a message, in blocks of 32 sequences. A message without a sequence rests in a block
/// of the 256 seconds that its device time falls in. Of a vehicle in memory, the newest block is in
/// memory too. Blocks that were written to the store may leave it; they are read again when a
/// message asks for them. Without a store all stay.
/// Thread safety: one thread at a time.
class SeenMessages {
 public:
  struct Message {
    std::string_view vehicle;
    std::optional<std::int64_t> sequence;
    std::int64_t device_time_us = 0;
    std::uint64_t hash = 0;  ///< of message_hash()
    Timestamp received_at{};
    std::uint32_t vehicle_code = kNoCode;  ///< of the vehicle in the rows' dictionary
  };
  static constexpr std::uint32_t kNoCode = UINT32_MAX;

  /// What leaves the memory, each with what stands before it.
  enum class Release : std::uint8_t {
    kOlderBlocks,   ///< all but each vehicle's newest block
    kIdleVehicles,  ///< vehicles of which the last checkpoint had nothing to write
    kAll,
  };

  /// `store` may be null.
  SeenMessages(std::string account, SeenStore* store)
      : account_(std::move(account)), store_(store) {}

  /// Remembers the message; says whether it was known. Fails with: what the store says; then
  /// nothing is known of the message.
  Result<Novelty> add(const Message& message);

  /// Asks the memory for what add() will read of a vehicle; `step` 0, then 1 some time later.
  void prefetch(std::uint32_t vehicle_code, int step) const;

  /// Says that vehicle codes mean other vehicles from now on.
  void forget_codes();

  /// Writes what changed since mark_written() to the store. Requires: a store.
  Result<> write_changes();
  /// Takes note that the store made that durable.
  void mark_written();
  /// Lets go of memory. Requires: everything is written.
  void release(Release what);

  /// Returns about how many bytes of memory the state takes.
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  using Kind = SeenBlockId::Kind;
  /// The blocks of one vehicle and kind that are in memory.
  struct Timeline {
    bool any = false;              ///< whether there is a newest block
    bool changed = false;          ///< since the last checkpoint
    std::uint8_t last = 0;         ///< place of the last message in its block
    std::uint32_t checkpoint = 0;  ///< before which it was last changed
    std::vector<SeenBlock> older;  ///< by number, rising
    SeenBlock newest;              ///< of all that ever were, here or in the store
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Vehicles = std::unordered_map<std::string, Timeline, TextHash, std::equal_to<>>;
  using Vehicle = Vehicles::value_type;
  /// The vehicles that send messages of one kind.
  struct Side {
    Kind kind;
    Vehicles vehicles;
    std::vector<Vehicle*> by_code;  ///< the vehicles of codes met so far, null for others
    std::vector<Vehicle*> changed;  ///< since the last checkpoint
  };

  Result<Vehicle*> vehicle_of(Side& side, const Message& message);
  Result<SeenBlock*> block_of(Timeline& timeline, const SeenBlockId& id);
  Result<SeenBlock*> older_block(Timeline& timeline, const SeenBlockId& id);
  void make_room(std::vector<SeenBlock>& older);
  Novelty add_by_sequence(SeenBlock& block, std::size_t place, std::uint64_t hash);
  Result<> write_vehicle(const Vehicle& vehicle, Kind kind);
  void release_older(Timeline& timeline);
  void release_idle(Side& side);

  const std::string account_;
  SeenStore* const store_;
  std::array<Side, 2> sides_{Side{Kind::kSequence, {}, {}, {}}, Side{Kind::kTime, {}, {}, {}}};
  std::uint32_t checkpoint_ = 1;  ///< the next one
  std::size_t memory_bytes_ = 0;
};

}  // namespace mobilake::prepare

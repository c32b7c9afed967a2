// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
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
/// Eight bytes a message, in blocks of 256 sequences. A message without a sequence rests in a block
/// of the 256 seconds that its device time falls in. Blocks that were written to the store may
/// leave the memory; they are read again when a message asks for them. Without a store all stay.
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

  /// `store` may be null.
  SeenMessages(std::string account, SeenStore* store)
      : account_(std::move(account)), store_(store) {}

  /// Remembers the message; says whether it was known. Fails with: what the store says; then
  /// nothing is known of the message.
  Result<Novelty> add(const Message& message);

  /// Says that vehicle codes mean other vehicles from now on.
  void forget_codes() { by_code_.clear(); }

  /// Writes what changed since mark_written() to the store. Requires: a store.
  Result<> write_changes();
  /// Takes note that the store made that durable.
  void mark_written();
  /// Lets go of blocks: all but each vehicle's newest, or all. Requires: everything is written.
  void release(bool all);

  std::size_t vehicle_count() const { return vehicles_.size(); }
  /// Returns about how many bytes of memory the state takes.
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  using Kind = SeenBlockId::Kind;
  /// The blocks of one vehicle and kind.
  struct Timeline {
    std::vector<SeenBlock> blocks;       ///< those in memory, by number, rising
    std::optional<std::int64_t> newest;  ///< highest number that ever was, here or in the store
    bool looked_up = false;              ///< whether `newest` includes the store's

    bool is_changed() const {
      return std::any_of(blocks.begin(), blocks.end(),
                         [](const SeenBlock& block) { return block.unwritten != 0; });
    }
  };
  struct Vehicle {
    Timeline by_sequence;
    Timeline by_time;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  Vehicle& vehicle_of(std::string_view id, std::uint32_t code);
  Result<SeenBlock*> block_of(Timeline& timeline, const SeenBlockId& id);
  Result<SeenBlock> load_block(Timeline& timeline, const SeenBlockId& id);
  Novelty add_by_sequence(SeenBlock& block, std::size_t place, std::uint64_t hash);
  Result<> write_timeline(const Timeline& timeline, SeenBlockId id);
  void release_timeline(Timeline& timeline);

  const std::string account_;
  SeenStore* const store_;
  using Vehicles = std::unordered_map<std::string, Vehicle, TextHash, std::equal_to<>>;

  Vehicles vehicles_;
  std::vector<Vehicle*> by_code_;  ///< the vehicles of codes met so far, null for others
  std::size_t memory_bytes_ = 0;
};

}  // namespace mobilake::prepare

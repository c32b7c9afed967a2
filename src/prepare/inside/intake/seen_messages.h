// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
/// of the 256 seconds that its device time falls in.
/// Thread safety: one thread at a time.
class SeenMessages {
 public:
  struct Message {
    std::string_view vehicle;
    std::optional<std::int64_t> sequence;
    std::int64_t device_time_us = 0;
    std::uint64_t hash = 0;  ///< of message_hash()
  };

  /// Remembers the message; says whether it was known.
  Novelty add(const Message& message);

  std::size_t vehicle_count() const { return vehicles_.size(); }
  /// Returns about how many bytes of memory the state takes.
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  /// 256 sequences, or 256 seconds.
  struct Block {
    std::int64_t number = 0;
    std::vector<std::uint64_t> hashes;  ///< by the sequence's last 8 bits, 0: none
    std::vector<std::uint64_t> more;    ///< of used sequences, or of messages without one
  };
  struct Vehicle {
    std::vector<Block> by_sequence;  ///< by number, rising
    std::vector<Block> by_time;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  Vehicle& vehicle_of(std::string_view id);
  Block& block_of(std::vector<Block>& blocks, std::int64_t number);
  Novelty add_by_sequence(Block& block, std::size_t place, std::uint64_t hash);
  bool add_more(Block& block, std::uint64_t hash);

  std::unordered_map<std::string, Vehicle, TextHash, std::equal_to<>> vehicles_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/log_types.h"
#include "prepare/inside/intake/seen_block.h"

/// Keys and values of the seen messages: docs/formats/seen-messages.md.
namespace mobilake::prepare {

/// Comes after all blocks.
constexpr std::string_view kSeenPositionsKey = "positions";
/// First byte of a block's key.
constexpr char kSeenBlockTag = 'b';

/// Writes a block's key into `key`.
void print_seen_key(const SeenBlockId& id, std::string& key);
/// Returns the block's number in a key of that account, vehicle and kind; nothing for other keys.
std::optional<std::int64_t> seen_number_of(const SeenBlockId& id, std::string_view key);

void print_seen_block(SeenBlockId::Kind kind, const SeenBlock& block, std::string& value);
/// Fills all of the block but its number. Fails with: corrupt.
Result<> parse_seen_block(std::string_view value, SeenBlockId::Kind kind, SeenBlock& block);
/// Returns when the newest message of a block arrived; nothing where the value is damaged.
std::optional<std::int64_t> seen_block_newest_s(std::string_view value);

std::string print_seen_positions(const log::Positions& positions);
/// Fails with: corrupt.
Result<log::Positions> parse_seen_positions(std::string_view text);

}  // namespace mobilake::prepare

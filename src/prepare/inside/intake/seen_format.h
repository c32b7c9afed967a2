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

constexpr std::string_view kSeenPositionsKey = "positions";
/// First byte of the key of a block's part.
constexpr char kSeenBlockTag = 'b';

/// Writes the key of a part into `key`.
void print_seen_key(const SeenBlockId& id, std::size_t part, std::string& key);
/// Returns the block's number in a key of that account, vehicle and kind; nothing for other keys.
std::optional<std::int64_t> seen_number_of(const SeenBlockId& id, std::string_view key);

void print_seen_part(const SeenBlock& block, std::size_t part, std::string& value);
/// Adds a part to the block. Fails with: corrupt.
Result<> parse_seen_part(std::string_view value, std::size_t part, SeenBlock& block);
/// Returns when the newest message of a part arrived; nothing where the value is damaged.
std::optional<std::int64_t> seen_part_newest_s(std::string_view value);

std::string print_seen_positions(const log::Positions& positions);
/// Fails with: corrupt.
Result<log::Positions> parse_seen_positions(std::string_view text);

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_format.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <iterator>

#include "base/byte_order.h"

namespace mobilake::prepare {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::uint64_t kSignBit = 1ULL << 63;
constexpr std::string_view kFormatLine = "seen-messages 2\n";

/// Big endian, so that the order of keys is that of numbers.
void append_big_endian(std::uint64_t value, std::size_t bytes, std::string& out) {
  for (std::size_t i = bytes; i-- > 0;)
    out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

void append_text(std::string_view text, std::string& key) {
  append_big_endian(text.size(), 2, key);
  key.append(text);
}

/// Writes what all keys of the id's account, vehicle and kind begin with.
void print_prefix(const SeenBlockId& id, std::string& key) {
  key.clear();
  key.push_back(kSeenBlockTag);
  append_text(id.account, key);
  append_text(id.vehicle, key);
  key.push_back(static_cast<char>(id.kind));
}

}  // namespace

void print_seen_key(const SeenBlockId& id, std::string& key) {
  print_prefix(id, key);
  // The sign bit turned, so that negative numbers come first.
  append_big_endian(static_cast<std::uint64_t>(id.number) ^ kSignBit, kNumberBytes, key);
}

std::optional<std::int64_t> seen_number_of(const SeenBlockId& id, std::string_view key) {
  std::string prefix;
  print_prefix(id, prefix);
  if (!key.starts_with(prefix) || key.size() != prefix.size() + kNumberBytes) return std::nullopt;
  std::uint64_t number = 0;
  for (const char byte : key.substr(prefix.size()))
    number = number << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(number ^ kSignBit);
}

void print_seen_block(SeenBlockId::Kind kind, const SeenBlock& block, std::string& value) {
  value.clear();
  base::append_little(value, block.newest_s);
  if (kind == SeenBlockId::Kind::kSequence) {
    auto end = block.hashes.end();
    while (!block.more && end != block.hashes.begin() && *(end - 1) == 0)
      --end;
    for (auto hash = block.hashes.begin(); hash != end; ++hash)
      base::append_little(value, *hash);
  }
  if (!block.more) return;
  for (const std::uint64_t hash : block.more->slots())
    if (hash != 0) base::append_little(value, hash);
}

std::optional<std::int64_t> seen_block_newest_s(std::string_view value) {
  if (value.size() < kNumberBytes) return std::nullopt;
  return base::load_little<std::int64_t>(value.data());
}

Result<> parse_seen_block(std::string_view value, SeenBlockId::Kind kind, SeenBlock& block) {
  if (value.size() < kNumberBytes || value.size() % kNumberBytes != 0)
    return corrupt("a block of the seen messages has {} bytes", value.size());
  block.newest_s = *seen_block_newest_s(value);
  const std::size_t by_sequence = kind == SeenBlockId::Kind::kSequence ? SeenBlock::kSequences : 0;
  const std::size_t count = value.size() / kNumberBytes - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto hash = base::load_little<std::uint64_t>(value.data() + (i + 1) * kNumberBytes);
    if (i < by_sequence)
      block.hashes[i] = hash;
    else if (hash != 0)
      block.insert_more(hash);
  }
  return {};
}

std::string print_seen_positions(const log::Positions& positions) {
  std::string text = std::string(kFormatLine);
  for (const auto& [partition, offset] : positions)
    fmt::format_to(std::back_inserter(text), "{} {}\n", partition, offset);
  return text;
}

Result<log::Positions> parse_seen_positions(std::string_view text) {
  log::Positions positions;
  const Error damaged = corrupt("the positions of the seen messages are damaged");
  if (!text.starts_with(kFormatLine)) return damaged;
  text.remove_prefix(kFormatLine.size());
  while (!text.empty()) {
    std::uint16_t partition = 0;
    std::uint64_t offset = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, partition);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return damaged;
    const auto second = std::from_chars(first.ptr + 1, end, offset);
    if (second.ec != std::errc() || second.ptr == end || *second.ptr != '\n') return damaged;
    positions[log::PartitionId(partition)] = log::Offset(offset);
    text.remove_prefix(static_cast<std::size_t>(second.ptr + 1 - text.data()));
  }
  return positions;
}

}  // namespace mobilake::prepare

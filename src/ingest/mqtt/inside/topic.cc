// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/topic.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/utf8.h"

namespace mobilake::ingest::mqtt {
namespace {

constexpr std::string_view kSharePrefix = "$share/";

// Takes the first level off `rest`; `more` says whether a slash followed it.
std::string_view take_level(std::string_view& rest, bool& more) {
  const std::size_t slash = rest.find('/');
  const std::string_view level = rest.substr(0, slash);
  more = slash != std::string_view::npos;
  rest = more ? rest.substr(slash + 1) : std::string_view{};
  return level;
}

/// Returns whether all bytes are ASCII and none is a wildcard or zero. Requires: eight or more.
bool is_plain_name(std::string_view topic) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const auto refuses = [](const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t plus = word ^ (kOnes * '+');
    const std::uint64_t hash = word ^ (kOnes * '#');
    // A byte that is zero borrows its high bit.
    const std::uint64_t zeros =
        ((plus - kOnes) & ~plus) | ((hash - kOnes) & ~hash) | ((word - kOnes) & ~word);
    return ((zeros | word) & (kOnes * 0x80)) != 0;
  };
  const char* const last = topic.data() + topic.size() - sizeof(std::uint64_t);
  bool refused = refuses(last);
  for (const char* at = topic.data(); at < last; at += sizeof(std::uint64_t))
    refused |= refuses(at);
  return !refused;
}

bool is_plain_filter(std::string_view filter) {
  if (filter.empty()) return false;
  bool more = true;
  while (more) {
    const std::string_view level = take_level(filter, more);
    if (level.find_first_of("+#") == std::string_view::npos) continue;
    if (level.size() != 1) return false;
    if (level == "#" && more) return false;
  }
  return true;
}

}  // namespace

bool is_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos && base::is_valid_utf8(bytes);
}

bool is_topic_name(std::string_view topic) {
  if (topic.empty()) return false;
  // Every publish comes through here, nearly all of them this way.
  if (topic.size() >= sizeof(std::uint64_t) && is_plain_name(topic)) return true;
  return topic.find_first_of(std::string_view("+#\0", 3)) == std::string_view::npos &&
         base::is_valid_utf8(topic);
}

bool is_topic_filter(std::string_view filter) {
  if (!is_text(filter)) return false;
  if (!filter.starts_with(kSharePrefix)) return is_plain_filter(filter);
  return shared_filter(filter).has_value();
}

bool topic_matches(std::string_view filter, std::string_view topic) {
  const bool wildcard_in_front = filter.starts_with('+') || filter.starts_with('#');
  if (wildcard_in_front && topic.starts_with('$')) return false;
  bool more_filter = true;
  bool more_topic = true;
  while (more_filter) {
    const std::string_view wanted = take_level(filter, more_filter);
    if (wanted == "#") return true;
    if (!more_topic) return false;
    const std::string_view level = take_level(topic, more_topic);
    if (wanted != "+" && wanted != level) return false;
    // "a/#" selects "a" as well: the parent counts as one of its levels.
    if (!more_topic && more_filter && filter == "#") return true;
  }
  return !more_topic;
}

std::optional<SharedFilter> shared_filter(std::string_view filter) {
  if (!filter.starts_with(kSharePrefix)) return std::nullopt;
  filter.remove_prefix(kSharePrefix.size());
  bool more = false;
  const std::string_view group = take_level(filter, more);
  if (!more || group.empty() || group.find_first_of("+#") != std::string_view::npos)
    return std::nullopt;
  if (!is_plain_filter(filter)) return std::nullopt;
  return SharedFilter{group, filter};
}

std::size_t level_count(std::string_view topic) {
  return static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/')) + 1;
}

Result<TopicTemplate::Piece> TopicTemplate::parse_piece(std::string_view level, bool last) {
  if (level == "{vehicle}") return Piece{Level::kVehicle, {}};
  if (level == "{kind}") return Piece{last ? Level::kRest : Level::kKind, {}};
  if (level == "{kind...}") {
    if (!last)
      return invalid("{{kind...}} takes the rest of a topic, so it must be the last level");
    return Piece{Level::kRest, {}};
  }
  if (level.find_first_of("{}") != std::string_view::npos)
    return invalid(
        "a level of a topic template is a word, {{vehicle}}, {{kind}} or {{kind...}}, this is "
        "\"{}\"",
        level);
  if (!level.empty() && !is_topic_name(level))
    return invalid("a word of a topic template must be UTF-8 without '+' and '#'");
  return Piece{Level::kWord, std::string(level)};
}

Result<TopicTemplate> TopicTemplate::parse(std::string_view text) {
  TopicTemplate made;
  made.text_ = text;
  std::size_t vehicles = 0;
  std::size_t kinds = 0;
  bool more = true;
  while (more) {
    const std::string_view level = take_level(text, more);
    MOBILAKE_ASSIGN(Piece piece, parse_piece(level, !more));
    vehicles += piece.level == Level::kVehicle ? 1 : 0;
    kinds += piece.level == Level::kKind || piece.level == Level::kRest ? 1 : 0;
    made.pieces_.push_back(std::move(piece));
  }
  if (vehicles != 1 || kinds > 1)
    return invalid(
        "a topic template holds {{vehicle}} once and {{kind}} at most once, this is \"{}\"",
        made.text_);
  return made;
}

std::optional<TopicParts> TopicTemplate::match(std::string_view topic) const {
  TopicParts parts;
  bool more = true;
  for (const Piece& piece : pieces_) {
    if (!more) return std::nullopt;
    if (piece.level == Level::kRest) {
      parts.kind = topic;
      if (topic.empty()) return std::nullopt;
      return parts;
    }
    const std::string_view level = take_level(topic, more);
    if (piece.level == Level::kWord) {
      if (level != piece.word) return std::nullopt;
      continue;
    }
    if (level.empty()) return std::nullopt;
    (piece.level == Level::kVehicle ? parts.vehicle : parts.kind) = level;
  }
  if (more) return std::nullopt;
  return parts;
}

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/telemetry/plain_walk.h"

#include <cstring>
#include <utility>

#include "formats/inside/decimal_text.h"
#include "formats/inside/telemetry/number_token.h"
#include "formats/inside/telemetry/plain_number.h"
#include "formats/inside/timestamp_text.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

constexpr std::size_t kWord = 8;

template <typename Word>
bool is_same_word(const char* left, const char* right) {
  Word a;
  Word b;
  std::memcpy(&a, left, sizeof a);
  std::memcpy(&b, right, sizeof b);
  return a == b;
}

/// As memcmp() == 0, without a call. Requires: size >= 4.
bool is_same(const char* left, const char* right, std::size_t size) {
  if (size < kWord)
    return is_same_word<std::uint32_t>(left, right) &&
           is_same_word<std::uint32_t>(left + size - 4, right + size - 4);
  for (std::size_t i = 0; i + kWord < size; i += kWord)
    if (!is_same_word<std::uint64_t>(left + i, right + i)) return false;
  return is_same_word<std::uint64_t>(left + size - kWord, right + size - kWord);
}

/// Returns a word with a high bit at the first byte that does not stand for itself within a JSON
/// string: a quote, a backslash, a control character, one that is not ASCII. Bytes behind it may be
/// marked in error.
std::uint64_t special_bytes(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  return ((quote - kOnes) | (backslash - kOnes) | (word - kOnes * 0x20) | word) & (kOnes * 0x80);
}

bool ends_value(char c) {
  return c == ',' || c == '}' || c == ']';
}

}  // namespace

bool PlainWalk::read(std::string_view payload) {
  if (payload.size() < kWord || payload.back() != '}') return false;
  at_ = payload.data();
  end_ = at_ + payload.size();
  return read_object(root_, 1) && at_ == end_;
}

// As the last byte is a brace, what looks for the end of a value or a text stops before `end_`.
bool PlainWalk::read_object(PathNode& node, int depth) {
  if (depth > depth_max_ || !take('{')) return false;
  const PathMember* previous = nullptr;
  do {
    std::string_view unknown;
    const PathMember* const member = read_key(node, previous, unknown);
    if (member != nullptr)
      previous = member;
    else if (unknown.data() == nullptr)
      return false;
    if (!(member != nullptr ? read_member(*member, depth) : read_extra(node, unknown)))
      return false;
  } while (take(','));
  return take('}');
}

// Returns null for a key that is unknown, and sets it; or where there is no plain key.
const PathMember* PlainWalk::read_key(PathNode& node, const PathMember* previous,
                                      std::string_view& unknown) {
  for (const PathMember* const expected : node.expected_after(previous)) {
    if (expected == nullptr) break;
    const std::string& written = expected->written;
    if (!written.empty() && static_cast<std::size_t>(end_ - at_) > written.size() &&
        is_same(at_, written.data(), written.size())) {
      at_ += written.size();
      return expected;
    }
  }
  std::string_view key;
  if (!read_text(key) || !take(':')) return nullptr;
  const PathMember* const member = node.find(key, previous);
  if (member == nullptr) unknown = key;
  return member;
}

// Behind the colon there is a byte, if only the brace that is last.
bool PlainWalk::read_member(const PathMember& member, int depth) {
  switch (member.kind) {
    case PathMember::Kind::kColumn:
      return read_signal(member);
    case PathMember::Kind::kVehicle: {
      std::string_view vehicle;
      if (std::exchange(row_.vehicle_seen, true) || !read_text(vehicle)) return false;
      row_.vehicle = vehicle;
      return true;
    }
    case PathMember::Kind::kTimestamp:
      return !std::exchange(row_.timestamp_seen, true) && read_timestamp();
    case PathMember::Kind::kSequence:
      return !std::exchange(row_.sequence_seen, true) && read_sequence();
    case PathMember::Kind::kSignals:
      return !std::exchange(row_.signals_seen, true) && read_object(*member.node, depth + 1);
    case PathMember::Kind::kObject:
      return read_object(*member.node, depth + 1);
  }
  return false;
}

bool PlainWalk::read_timestamp() {
  if (*at_ != '"') {
    const auto number = parse_decimal_text(take_token(), kEpochMillisScale, kDigitsMax);
    row_.timestamp = number.scaled;
    return number.outcome == DecimalOutcome::kExact || number.outcome == DecimalOutcome::kRounded;
  }
  std::string_view text;
  if (!read_text(text)) return false;
  row_.timestamp = parse_rfc3339(text);
  return row_.timestamp.has_value();
}

bool PlainWalk::read_sequence() {
  const PlainNumber plain = read_plain_number(at_, end_);
  if (plain.end != nullptr && plain.places == 0 && ends_value(*plain.end)) {
    at_ = plain.end;
    row_.sequence = plain.value;
    return true;
  }
  const auto number = parse_decimal_text(take_token(), 0, kDigitsMax);
  row_.sequence = number.scaled;
  return number.outcome == DecimalOutcome::kExact;
}

bool PlainWalk::read_signal(const PathMember& member) {
  SignalSlot& slot = row_.slots[member.column];
  if (slot.state != SignalSlot::State::kMissing) return false;
  if (take("null")) {
    slot.state = SignalSlot::State::kNull;
    return true;
  }
  slot.state = SignalSlot::State::kValue;
  switch (member.type.kind) {
    case Kind::kDouble:
      return !read_double_token(take_token(), bounds_[member.column], slot);
    case Kind::kBoolean:
      slot.integer = *at_ == 't' ? 1 : 0;
      return take("true") || take("false");
    case Kind::kString:
      return read_text(slot.text);
    case Kind::kTextList:
      return read_list(slot);
    case Kind::kTimestamp: {
      std::string_view text;
      if (!read_text(text)) return false;
      const auto moment = parse_rfc3339(text);
      slot.integer = moment.value_or(0);
      return moment.has_value();
    }
    default:
      return read_number(member, slot);
  }
}

bool PlainWalk::read_number(const PathMember& member, SignalSlot& slot) {
  const bool negative = *at_ == '-';
  const char* const begin = at_ + (negative ? 1 : 0);
  const PlainNumber number = read_plain_number(begin, end_);
  const int shift = member.scale - number.places;
  // Eight digits before the point and eight behind it always fit.
  if (number.end != nullptr && ends_value(*number.end) && shift >= 0 && member.scale <= 8) {
    const std::int64_t size = number.value * kPlainPowers[shift];
    slot.integer = negative ? -size : size;
    at_ = number.end;
    const SignalBounds& bounds = bounds_[member.column];
    return size <= member.size_max && slot.integer >= bounds.integer_min &&
           slot.integer <= bounds.integer_max;
  }
  return !read_integer_token(take_token(), member.type, member.exponent, bounds_[member.column],
                             slot, row_.rounded);
}

bool PlainWalk::read_list(SignalSlot& slot) {
  if (!take('[')) return false;
  if (take(']')) return true;
  do {
    if (!read_text(slot.texts.emplace_back())) return false;
  } while (take(','));
  return take(']');
}

bool PlainWalk::read_extra(const PathNode& node, std::string_view key) {
  std::string_view text;
  if (!read_text(text)) return false;
  key_.assign(node.prefix()).append(key);
  row_.extra_keys.append(key_);
  row_.extra_values.append(text);
  return true;
}

bool PlainWalk::read_text(std::string_view& text) {
  if (!take('"')) return false;
  const char* const begin = at_;
  while (at_ != end_) {
    const std::uint64_t special = special_bytes(eight_bytes(at_, end_));
    if (special != 0) {
      at_ += std::countr_zero(special) / 8;
      text = {begin, static_cast<std::size_t>(at_ - begin)};
      return take('"');
    }
    at_ += kWord;
  }
  return false;
}

/// Takes what stands before the next end of a value.
std::string_view PlainWalk::take_token() {
  const char* const begin = at_;
  while (!ends_value(*at_))
    ++at_;
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

bool PlainWalk::take(char wanted) {
  if (at_ == end_ || *at_ != wanted) return false;
  ++at_;
  return true;
}

bool PlainWalk::take(std::string_view wanted) {
  if (*at_ != wanted.front() || !std::string_view(at_, end_).starts_with(wanted)) return false;
  at_ += wanted.size();
  return true;
}

}  // namespace mobilake::formats

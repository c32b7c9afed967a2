// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/decoder_mapping.h"

namespace mobilake::formats {

class PathNode;

/// What a member of a payload object is.
struct PathMember {
  enum class Kind : std::uint8_t { kVehicle, kTimestamp, kSequence, kSignals, kObject, kColumn };

  std::string key;
  std::string written{};  ///< the key as JSON with quotes and colon; empty where it needs escapes
  Kind kind = Kind::kObject;
  std::uint32_t column = 0;        ///< of kColumn: place in the mapping
  int exponent = 0;                ///< of kColumn: shift of the value
  ColumnType type{};               ///< of kColumn
  int scale = 0;                   ///< of kColumn: digits behind the point, the shift included
  std::int64_t size_max = 0;       ///< of kColumn: what the type's digits hold, times 10^scale
  std::unique_ptr<PathNode> node;  ///< of kObject and kSignals
};

/// The members of one payload object, found by key. Senders keep their order of members, so the two
/// that followed lately are tried first: two, since an electric car and one that burns fuel take
/// turns. Thread safety: one thread at a time.
class PathNode {
 public:
  explicit PathNode(std::string prefix) : prefix_(std::move(prefix)) {}

  /// Returns the member, made where missing.
  PathMember& member(const std::string& key);

  /// The members that followed a member lately; null where there were none.
  using Expected = std::array<const PathMember*, 2>;

  /// Returns what is expected behind `previous` (null: at the beginning).
  const Expected& expected_after(const PathMember* previous) const {
    return expected_[previous == nullptr ? 0 : place_of(previous) + 1];
  }
  /// Looks a key up and remembers that it followed `previous`; null for an unknown key.
  const PathMember* find(std::string_view key, const PathMember* previous);
  /// Returns the path of this object with a dot behind, empty at the top.
  const std::string& prefix() const { return prefix_; }

 private:
  std::size_t place_of(const PathMember* member) const {
    return static_cast<std::size_t>(member - members_.data());
  }

  std::string prefix_;
  std::vector<PathMember> members_;
  std::unordered_map<std::string_view, std::size_t> places_;
  std::vector<Expected> expected_{Expected{}};

  friend std::unique_ptr<PathNode> build_paths(const DecoderMapping& mapping);
  void freeze();
};

/// Builds the tree of both forms. Requires: check_mapping() holds.
std::unique_ptr<PathNode> build_paths(const DecoderMapping& mapping);

}  // namespace mobilake::formats

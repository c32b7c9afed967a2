// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/telemetry/payload_paths.h"

#include <algorithm>
#include <utility>

#include "formats/inside/decimal_text.h"

namespace mobilake::formats {
namespace {

/// Returns the member at a path of dots, with the objects on the way.
PathMember& member_at(PathNode& root, std::string_view path) {
  PathNode* node = &root;
  for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.')) {
    PathMember& step = node->member(std::string(path.substr(0, dot)));
    if (step.node == nullptr)
      step.node = std::make_unique<PathNode>(node->prefix() + step.key + ".");
    node = step.node.get();
    path.remove_prefix(dot + 1);
  }
  return node->member(std::string(path));
}

void set_member(PathNode& root, const std::string& path, PathMember::Kind kind) {
  if (!path.empty()) member_at(root, path).kind = kind;
}

void set_column(PathMember& member, std::size_t column, const ColumnType& type, int exponent) {
  const bool decimal = type.kind == ColumnType::Kind::kDecimal;
  member.kind = PathMember::Kind::kColumn;
  member.column = static_cast<std::uint32_t>(column);
  member.exponent = exponent;
  member.type = type;
  member.scale = decimal ? type.scale + exponent : 0;
  member.size_max = 1;
  for (int digits = decimal ? type.precision : kDigitsMax; digits > 0; --digits)
    member.size_max *= 10;
  --member.size_max;
}

/// Returns a key as JSON writes it before its value, or nothing where it needs escapes.
std::string written_key(const std::string& key) {
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  return plain ? '"' + key + "\":" : "";
}

}  // namespace

PathMember& PathNode::member(const std::string& key) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const PathMember& member) { return member.key == key; });
  if (found != members_.end()) return *found;
  members_.emplace_back().key = key;
  return members_.back();
}

void PathNode::freeze() {
  for (std::size_t place = 0; place < members_.size(); ++place) {
    places_.emplace(members_[place].key, place);
    members_[place].written = written_key(members_[place].key);
    if (members_[place].node != nullptr) members_[place].node->freeze();
  }
  expected_.assign(members_.size() + 1, Expected{});
}

const PathMember* PathNode::find(std::string_view key, const PathMember* previous) {
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  const PathMember* member = &members_[found->second];
  Expected& expected = expected_[previous == nullptr ? 0 : place_of(previous) + 1];
  if (expected[0] != member) expected = {member, expected[0]};
  return member;
}

std::unique_ptr<PathNode> build_paths(const DecoderMapping& mapping) {
  auto root = std::make_unique<PathNode>("");
  set_member(*root, mapping.vehicle_path, PathMember::Kind::kVehicle);
  set_member(*root, mapping.ts_path, PathMember::Kind::kTimestamp);
  set_member(*root, mapping.seq_path, PathMember::Kind::kSequence);
  PathNode* signals = nullptr;
  if (!mapping.signals_path.empty()) {
    PathMember& member = member_at(*root, mapping.signals_path);
    member.kind = PathMember::Kind::kSignals;
    // Members of the VSS form go by their own names in `extra`.
    member.node = std::make_unique<PathNode>("");
    signals = member.node.get();
  }
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    const SignalColumn& column = mapping.columns[i];
    if (!column.json_path.empty())
      set_column(member_at(*root, column.json_path), i, column.type, 0);
    if (!column.vss_path.empty() && signals != nullptr)
      set_column(signals->member(column.vss_path), i, column.type, column.vss_exponent);
  }
  root->freeze();
  return root;
}

}  // namespace mobilake::formats

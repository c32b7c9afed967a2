// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/payload_paths.h"

#include <algorithm>
#include <utility>

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

void set_column(PathMember& member, std::size_t column, int exponent) {
  member.kind = PathMember::Kind::kColumn;
  member.column = static_cast<std::uint32_t>(column);
  member.exponent = exponent;
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
    if (members_[place].node != nullptr) members_[place].node->freeze();
  }
  expected_.assign(members_.size() + 1, nullptr);
}

const PathMember* PathNode::find(std::string_view key, const PathMember* previous) {
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  const PathMember* member = &members_[found->second];
  expected_[previous == nullptr ? 0 : place_of(previous) + 1] = member;
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
    if (!column.json_path.empty()) set_column(member_at(*root, column.json_path), i, 0);
    if (!column.vss_path.empty() && signals != nullptr)
      set_column(signals->member(column.vss_path), i, column.vss_exponent);
  }
  root->freeze();
  return root;
}

}  // namespace mobilake::formats

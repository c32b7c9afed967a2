// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "formats/inside/telemetry/payload_paths.h"
#include "formats/inside/telemetry/row_scratch.h"

namespace mobilake::formats {

/// Reads messages as machines write them: no blanks, no escapes, ASCII, and of the members that the
/// mapping does not name only texts. It walks the bytes once, led by the order of members that came
/// before, and takes nothing that the full walk would not take the same; whatever else is left to
/// the full walk. Thread safety: one thread at a time.
class PlainWalk {
 public:
  /// Keeps references to all of them; `bounds` are those of the mapping's columns.
  PlainWalk(std::span<const SignalBounds> bounds, PathNode& root, int depth_max, RowScratch& row)
      : bounds_(bounds), root_(root), depth_max_(depth_max), row_(row) {}

  /// Fills the row with views of `payload` and returns true, or returns false: the row is then to
  /// be cleared and the message read by the full walk. Requires: a cleared row.
  bool read(std::string_view payload);

 private:
  bool read_object(PathNode& node, int depth);
  const PathMember* read_key(PathNode& node, const PathMember* previous, std::string_view& unknown);
  bool read_member(const PathMember& member, int depth);
  bool read_timestamp();
  bool read_sequence();
  bool read_signal(const PathMember& member);
  bool read_number(const PathMember& member, SignalSlot& slot);
  bool read_list(SignalSlot& slot);
  bool read_extra(const PathNode& node, std::string_view key);
  bool read_text(std::string_view& text);
  std::string_view take_token();
  bool take(char wanted);
  bool take(std::string_view wanted);

  const std::span<const SignalBounds> bounds_;
  PathNode& root_;
  const int depth_max_;
  RowScratch& row_;
  std::string key_;  // reused
  const char* at_ = nullptr;
  const char* end_ = nullptr;  // behind the payload's last byte, which is a brace
};

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/guarded.h"
#include "log/inside/segments/segment_list.h"

namespace mobilake::log {

/// The positions of a family's required consumers, kept in a file beside the segments: after a
/// restart retention must not pass a consumer that has not called yet.
///
/// The file may lag behind, never lead, so it holds back too much at worst.
/// Thread safety: any thread; load() and save() from one at a time.
class ConsumerHolds {
 public:
  explicit ConsumerHolds(std::string path) : path_(std::move(path)) {}

  /// Reads what an earlier process saved. Fails with: corrupt, unavailable.
  Result<> load(Disk& disk);
  /// Writes the positions where they changed since the last time.
  Result<> save(Disk& disk);

  void hold(std::string_view consumer, const Positions& positions);
  void release(std::string_view consumer);

  /// Returns a consumer that has yet to read some of `summary`'s records, or nothing.
  std::optional<std::string> holder_of(const SegmentSummary& summary);

 private:
  struct State {
    std::map<std::string, Positions, std::less<>> positions;
    bool changed = false;
  };
  const std::string path_;
  Guarded<State> state_;
};

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/disk.h"
#include "log/log_types.h"

namespace mobilake::log {

/// The next offset of every partition, saved before the first segment goes that could tell it.
///
/// What the floors say, the headers and the frames of the segments that are left continue: so an
/// offset is never given twice, even where both headers of the newest segment are damaged.
/// Thread safety: one thread.
class OffsetFloors {
 public:
  explicit OffsetFloors(std::string path) : path_(std::move(path)) {}

  /// Returns what was saved; nothing where no segment has ever gone.
  /// Fails with: corrupt, unavailable.
  Result<std::optional<Positions>> load(Disk& disk) const;

  /// Saves `next` durably. Fails with: exhausted, unavailable.
  Result<> save(Disk& disk, const Positions& next) const;

 private:
  std::string path_;
};

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "base/doors.h"
#include "prepare/open_prepare.h"

namespace mobilake::prepare {

/// Merges the small files that commits leave, within limits.
///
/// When a day has `merge_files` files of one level, they become one of the next level; so a row is
/// written anew once a level, a logarithmic number of times. A file of `merge_target` stays.
/// Commits of others may come in between: a merge that lost its files to one of them is dropped.
/// Thread safety: one thread at a time.
class SmallFileMerge {
 public:
  SmallFileMerge(const PrepareConfig& config, StreamParts parts, Doors doors);

  /// Does the next merge of a table; returns whether there was one to do.
  /// Fails with: exhausted, unavailable, corrupt (a file).
  Result<bool> merge_once(const model::TableName& table);

 private:
  /// Returns the files to merge: of one day and level, the oldest first.
  std::vector<catalog::DataFile> choose(const catalog::TablePlan& plan) const;
  Result<std::vector<catalog::DataFile>> write_merged(const catalog::TableState& table,
                                                      const std::vector<catalog::DataFile>& files);

  const PrepareConfig config_;
  const StreamParts parts_;
  const Doors doors_;
};

}  // namespace mobilake::prepare

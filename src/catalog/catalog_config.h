// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace mobilake::catalog {

/// Settings of the catalog; all live from the next commit on.
struct CatalogConfig {
  /// Snapshots that a table keeps; older ones expire at every commit. Bounds 1 to 100,000.
  std::size_t snapshots_kept = 500;
  /// Manifests of a snapshot beyond which they are merged. Bounds 2 to 10,000.
  std::size_t manifests_max = 100;
  /// Older metadata files that a table keeps. Bounds 1 to 10,000.
  std::size_t metadata_files_kept = 100;
  /// How often a commit is put on top of another before it gives up. Bounds 1 to 1,000.
  int commit_attempts_max = 20;
  /// Files whose manifest entries the planning cache holds; one takes about 100 bytes a column.
  /// Bounds 1,000 to 10,000,000.
  std::size_t cached_entries_max = 100'000;
};

}  // namespace mobilake::catalog

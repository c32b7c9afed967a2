// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/result.h"

namespace mobilake::server {

/// A file of a backup, as its list keeps it.
struct CopiedFile {
  std::string path;  ///< relative to the folder
  std::uint64_t size = 0;
  std::uint32_t crc32c = 0;
};

/// Returns the relative paths of all files below `folder`, sorted; none where it is missing.
/// Fails with: unavailable.
Result<std::vector<std::string>> files_below(const std::string& folder);

/// Copies one file with its folder, synced. A file that is gone by now fails with not_found.
Result<CopiedFile> copy_file(Disk& disk, const std::string& from_folder,
                             const std::string& to_folder, const std::string& path);

/// Reads a file and returns its size and checksum.
Result<CopiedFile> look_at_file(Disk& disk, const std::string& folder, const std::string& path);

/// Returns whether a folder is missing or empty.
Result<bool> is_free_for(const std::string& folder);

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#include "server/inside/folder_copy.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/crc32c.h"

namespace mobilake::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = 1 << 20;

// Hands the file's pieces to `take` and returns what it is.
Result<CopiedFile> read_pieces(
    Disk& disk, const std::string& folder, const std::string& path,
    const std::function<Result<>(std::uint64_t offset, std::string_view piece)>& take) {
  const std::string full = folder + "/" + path;
  MOBILAKE_ASSIGN(const bool exists, disk.exists(full));
  if (!exists) return not_found("{} is missing", full);
  MOBILAKE_ASSIGN(const auto file, disk.open(full, OpenMode::kRead));
  CopiedFile copied{path, 0, 0};
  std::string buffer(kPieceBytes, '\0');
  for (;;) {
    MOBILAKE_ASSIGN(const std::size_t got, file->read(copied.size, buffer.data(), buffer.size()));
    if (got == 0) return copied;
    const std::string_view piece = std::string_view(buffer).substr(0, got);
    MOBILAKE_TRY(take(copied.size, piece));
    copied.crc32c = base::crc32c(piece, copied.crc32c);
    copied.size += got;
  }
}

}  // namespace

Result<std::vector<std::string>> files_below(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code failure;
  if (!fs::exists(folder, failure)) return paths;
  for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) paths.push_back(at->path().lexically_relative(folder).string());
  }
  if (failure) return unavailable("cannot list {}: {}", folder, failure.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<CopiedFile> copy_file(Disk& disk, const std::string& from_folder,
                             const std::string& to_folder, const std::string& path) {
  const std::string target = to_folder + "/" + path;
  MOBILAKE_TRY(disk.make_directories(base::parent_directory(target)));
  MOBILAKE_ASSIGN(const auto file, disk.open(target, OpenMode::kCreateNew));
  auto copied = read_pieces(
      disk, from_folder, path,
      [&](std::uint64_t offset, std::string_view piece) { return file->write(offset, piece); });
  if (!copied.ok()) {
    (void)disk.remove(target);  // an empty file that nobody lists is all that would stay
    return copied.error();
  }
  MOBILAKE_TRY(file->sync());
  MOBILAKE_TRY(disk.sync_directory(base::parent_directory(target)));
  return copied;
}

Result<CopiedFile> look_at_file(Disk& disk, const std::string& folder, const std::string& path) {
  return read_pieces(disk, folder, path,
                     [](std::uint64_t, std::string_view) { return Result<>(); });
}

Result<bool> is_free_for(const std::string& folder) {
  std::error_code failure;
  if (!fs::exists(folder, failure)) return true;
  if (!fs::is_directory(folder, failure)) return false;
  const bool empty = fs::is_empty(folder, failure);
  if (failure) return unavailable("cannot look into {}: {}", folder, failure.message());
  return empty;
}

}  // namespace mobilake::server

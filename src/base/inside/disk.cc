// SPDX-License-Identifier: Apache-2.0
#include "base/disk.h"

namespace mobilake::base {

Result<> File::write(std::uint64_t offset, std::string_view bytes) {
  const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  return write(offset, std::span<const iovec>(&part, 1));
}

Result<std::string> File::read_exactly(std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  MOBILAKE_ASSIGN(const std::size_t got, read(offset, bytes.data(), size));
  if (got != size) return corrupt("the file ends {} bytes early at offset {}", size - got, offset);
  return bytes;
}

Result<std::string> Disk::read_file(const std::string& path) {
  MOBILAKE_ASSIGN(auto file, open(path, OpenMode::kRead));
  MOBILAKE_ASSIGN(const std::uint64_t size, file->size());
  return file->read_exactly(0, size);
}

Result<> Disk::replace_file(const std::string& path, std::string_view bytes) {
  const std::string partial = path + ".partial";
  {
    MOBILAKE_ASSIGN(auto file, open(partial, OpenMode::kCreate));
    MOBILAKE_TRY(file->truncate(0));
    MOBILAKE_TRY(file->write(0, bytes));
    MOBILAKE_TRY(file->sync());
  }
  MOBILAKE_TRY(rename(partial, path));
  return sync_directory(parent_directory(path));
}

std::string parent_directory(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace mobilake::base

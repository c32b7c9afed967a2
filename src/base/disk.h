// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mobilake::base {

/// One open file. Closing it (the destructor) syncs nothing.
/// Thread safety: any thread, as pread and pwrite are; no position is kept.
class File {
 public:
  virtual ~File() = default;

  /// Reads up to `size` bytes at `offset` into `buffer`; returns fewer only at the end of the file.
  virtual Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t size) = 0;

  /// Writes all of `parts`, one after the other, at `offset`, growing the file where needed.
  /// Fails with: exhausted (no space), unavailable (any other error); some bytes may then be
  /// written.
  virtual Result<> write(std::uint64_t offset, std::span<const iovec> parts) = 0;

  /// Makes the written bytes and the size durable (fdatasync).
  /// After a failure nothing may be assumed about any byte written since the last success, and a
  /// second try proves nothing: the kernel marks the pages clean.
  virtual Result<> sync() = 0;

  /// Says that what is read and written through this file is wanted once. Reads and writes of whole
  /// 4 KiB blocks in memory that begins on one then go past the page cache, where the file system
  /// can; all else works as before.
  virtual void bypass_cache() {}

  virtual Result<std::uint64_t> size() = 0;
  virtual Result<> truncate(std::uint64_t size) = 0;

  /// Writes `bytes` at `offset`.
  Result<> write(std::uint64_t offset, std::string_view bytes);
  /// Reads exactly `size` bytes at `offset`; fails with corrupt where the file ends before.
  Result<std::string> read_exactly(std::uint64_t offset, std::size_t size);
};

enum class OpenMode {
  kRead,       ///< must exist
  kReadWrite,  ///< must exist
  kCreate,     ///< made, or opened as it is, for reading and writing
  kCreateNew,  ///< must not exist
};

/// The door to the file system. Paths are absolute; names in messages are paths, never contents.
/// A file or a rename is durable only after sync_directory() of the folder that holds the name.
/// Thread safety: any thread.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  /// Renames over whatever stands at `to`, atomically.
  virtual Result<> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<> remove(const std::string& path) = 0;
  /// Makes a folder and those above it, durably; fine where it exists.
  virtual Result<> make_directories(const std::string& path) = 0;
  virtual Result<> sync_directory(const std::string& path) = 0;
  /// Returns the names (files and folders) in a folder, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  /// Returns the bytes that may still be written on the file system of `path`.
  virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;

  /// Returns a whole file.
  Result<std::string> read_file(const std::string& path);
  /// Writes a file so that after a crash `path` holds the old bytes or the new ones, whole and
  /// synced.
  Result<> replace_file(const std::string& path, std::string_view bytes);
};

/// Returns the machine's file system; it lives as long as the process.
Disk& system_disk();

/// Returns the part of `path` before the last slash.
std::string parent_directory(const std::string& path);

}  // namespace mobilake::base

namespace mobilake {
using base::Disk;
using base::File;
using base::OpenMode;
}  // namespace mobilake

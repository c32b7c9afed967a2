// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/guarded.h"

namespace mobilake::base {

/// The calls of Disk and File that can be made to fail.
enum class DiskCall : std::uint8_t {
  kOpen,
  kRead,
  kWrite,
  kSync,
  kTruncate,
  kRename,
  kRemove,
  kMakeDirectories,
  kSyncDirectory,
  kList,
};
inline constexpr std::size_t kDiskCallKinds = 10;

/// A disk in front of another one that fails when it is told to.
///
/// The files it opened may outlive it.
/// Thread safety: any thread.
class FaultDisk final : public Disk {
 public:
  explicit FaultDisk(Disk& inner);

  /// Fails the `kth` call of that kind from now on (from 1) and the `times` - 1 after it, without
  /// doing it.
  void fail(DiskCall call, std::uint64_t kth, std::uint64_t times = 1,
            Error error = unavailable("injected: input/output error"));

  /// As fail() for a write, of which the first half reaches the file.
  void fail_short_write(std::uint64_t kth);

  /// Lets files grow by `bytes` more; then a write grows its file as far as it can and fails with
  /// exhausted. What is removed or truncated is given back. No limit is set at first.
  void set_free_bytes(std::uint64_t bytes);

  /// Turns one bit of a file, bit 0 being the lowest of its first byte.
  Result<> flip_bit(const std::string& path, std::uint64_t bit);

  /// Forgets all faults and the limit of space.
  void heal();

  /// Returns how many calls of that kind were made.
  std::uint64_t calls(DiskCall call);

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<> remove(const std::string& path) override;
  Result<> make_directories(const std::string& path) override;
  Result<> sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

 private:
  class FaultFile;

  struct Fault {
    std::uint64_t first = 0;  ///< the call it begins at, counted from the start
    std::uint64_t last = 0;
    Error error;
    bool half_done = false;
  };
  struct State {
    std::array<std::uint64_t, kDiskCallKinds> calls{};
    std::array<std::optional<Fault>, kDiskCallKinds> faults;
    std::optional<std::uint64_t> free_bytes;
  };

  /// Counts a call and returns the fault that it meets.
  static std::optional<Fault> meet(Guarded<State>& state, DiskCall call);
  static Result<> check(Guarded<State>& state, DiskCall call);
  void give_back(const std::string& path);

  Disk& inner_;
  // Shared with the open files, which may outlive the disk.
  std::shared_ptr<Guarded<State>> state_;
};

}  // namespace mobilake::base

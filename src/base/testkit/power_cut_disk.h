// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/guarded.h"
#include "base/random.h"

namespace mobilake::base {

/// A disk in memory that forgets at a power cut whatever was not synced, in the worst way a real
/// one may.
///
/// Per file it keeps what was synced beside what was written. cut() goes back, for each 4 KiB block
/// written since the file's last sync, to the old or the new bytes by the toss of a coin, so also
/// for its size; and of the creations, renames and removals since the last sync_directory() of the
/// folder (of the new name, for a rename) it forgets any subset. A file that is synced under a name
/// that is not may vanish. Folders are durable when made, as Disk::make_directories() promises.
/// Thread safety: any thread.
class PowerCutDisk final : public Disk {
 public:
  static constexpr std::size_t kBlockBytes = 4096;

  /// The folder "/" exists.
  PowerCutDisk();

  /// Cuts the power: forgets, closes all files (their calls fail with unavailable) and starts
  /// again.
  void cut(Random& random);

  /// Lets `calls` more changing calls (write, truncate, sync, rename, remove, create,
  /// sync_directory) work; all calls after them fail with unavailable until cut(), as in a machine
  /// without power. The first write that fails has reached the disk's cache: cut() may keep any of
  /// its blocks.
  void power_off_after(std::uint64_t calls);

  /// Returns how many changing calls were made since the last cut.
  std::uint64_t changing_calls();

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<> remove(const std::string& path) override;
  Result<> make_directories(const std::string& path) override;
  Result<> sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

 private:
  class OpenFile;

  /// A file whatever its names: what is written, and what a cut goes back to.
  struct Node {
    std::string written;
    std::string synced;
    std::set<std::size_t> unsynced_blocks;
  };
  // Shared: a file lives as long as a name, an unsynced change of names, or an open file refers to
  // it.
  using NodePointer = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePointer>;

  /// A change of names that is not durable yet. A creation has no `from`, a removal no `to`.
  struct NameChange {
    std::string from;
    std::string to;
    NodePointer node;
  };

  struct State {
    Names names;
    Names durable_names;
    std::vector<NameChange> unsynced_changes;
    std::set<std::string> folders;
    std::uint64_t power_ons = 0;
    std::uint64_t changing_calls = 0;
    std::optional<std::uint64_t> calls_left;
    bool off = false;
  };

  static Result<> count_change(State& state);
  static Result<> check_power(const State& state);
  static void apply(const NameChange& change, Names& names);
  static void write(Node& node, std::uint64_t offset, std::span<const iovec> parts);
  static void resize(Node& node, std::size_t size);
  static void sync(Node& node);
  static void forget(Node& node, Random& random);

  // Shared with the open files, which may outlive the disk in a test that ends early.
  std::shared_ptr<Guarded<State>> state_;
};

}  // namespace mobilake::base

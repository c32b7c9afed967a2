// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "store/objects/object_key.h"
#include "store/objects/open_object_store.h"

namespace mobilake::store {
namespace {

constexpr std::string_view kScheme = "file://";
constexpr std::string_view kPartialFolder = ".partial";
constexpr std::size_t kKnownFoldersMax = 100'000;

// Returns the key of an address that lies in `folder`.
std::optional<std::string> key_below(std::string_view folder, std::string_view location) {
  const std::string prefix = fmt::format("{}{}/", kScheme, folder);
  if (!location.starts_with(prefix)) return std::nullopt;
  return std::string(location.substr(prefix.size()));
}

/// Objects as files of the local disk: the key is the path below the folder.
///
/// A put writes to ".partial/<random>", syncs it, renames it into place and syncs the folder, so
/// that a key is there whole or not at all. Thread safety: any thread.
class LocalObjectStore final : public ObjectStore {
 public:
  LocalObjectStore(std::string folder, Disk& disk, Random& random,
                   std::vector<std::string> former_folders)
      : folder_(std::move(folder)),
        former_folders_(std::move(former_folders)),
        disk_(disk),
        random_(random) {}

  Result<> prepare();

  Result<> put(std::string_view key, std::string_view bytes) override;
  Result<std::string> get_range(std::string_view key, std::uint64_t offset,
                                std::uint64_t size) override;
  Result<std::string> get(std::string_view key) override;
  Result<std::uint64_t> size(std::string_view key) override;
  Result<> remove(std::string_view key) override;
  std::string location(std::string_view key) const override;
  Result<std::string> key_of(std::string_view location) const override;

 private:
  std::string path_of(std::string_view key) const { return fmt::format("{}/{}", folder_, key); }
  Result<> ensure_folder(const std::string& path);
  Result<> claim(std::string_view key);
  Result<> write_and_rename(const std::string& path, std::string_view bytes);
  Result<std::unique_ptr<File>> open_object(std::string_view key);

  const std::string folder_;
  const std::vector<std::string> former_folders_;
  Disk& disk_;
  Random& random_;
  Guarded<std::set<std::string>> known_folders_;  // durable ones, so that a put need not look again
  Guarded<std::set<std::string, std::less<>>> puts_in_flight_;
};

Result<> LocalObjectStore::prepare() {
  const std::string partial = fmt::format("{}/{}", folder_, kPartialFolder);
  MOBILAKE_TRY(disk_.make_directories(partial));
  MOBILAKE_TRY(disk_.sync_directory(folder_));
  MOBILAKE_TRY(disk_.sync_directory(base::parent_directory(folder_)));
  MOBILAKE_ASSIGN(const auto leftovers, disk_.list(partial));
  for (const std::string& name : leftovers)
    MOBILAKE_TRY(disk_.remove(fmt::format("{}/{}", partial, name)));
  known_folders_.lock()->insert(folder_);
  return {};
}

Result<> LocalObjectStore::ensure_folder(const std::string& path) {
  if (known_folders_.lock()->contains(path)) return {};
  const std::string parent = base::parent_directory(path);
  MOBILAKE_TRY(ensure_folder(parent));
  MOBILAKE_TRY(disk_.make_directories(path));
  // The folder's name must be as durable as what is put into it; another run may have crashed
  // before this.
  MOBILAKE_TRY(disk_.sync_directory(parent));
  auto known = known_folders_.lock();
  if (known->size() >= kKnownFoldersMax) {
    known->clear();
    known->insert(folder_);
  }
  known->insert(path);
  return {};
}

Result<> LocalObjectStore::claim(std::string_view key) {
  if (!puts_in_flight_.lock()->emplace(key).second)
    return already_exists("object {} is being put", key);
  return {};
}

Result<> LocalObjectStore::write_and_rename(const std::string& path, std::string_view bytes) {
  const std::string partial = fmt::format("{}/{}/{:016x}", folder_, kPartialFolder, random_.next());
  const auto write = [&]() -> Result<> {
    MOBILAKE_ASSIGN(auto file, disk_.open(partial, OpenMode::kCreateNew));
    MOBILAKE_TRY(file->write(0, bytes));
    MOBILAKE_TRY(file->sync());
    return disk_.rename(partial, path);
  };
  if (auto written = write(); !written.ok()) {
    (void)disk_.remove(partial).ok();  // best effort: what is left over goes at the next start
    return written;
  }
  return disk_.sync_directory(base::parent_directory(path));
}

Result<> LocalObjectStore::put(std::string_view key, std::string_view bytes) {
  MOBILAKE_TRY(check_object_key(key));
  MOBILAKE_TRY(claim(key));
  const auto store = [&]() -> Result<> {
    const std::string path = path_of(key);
    MOBILAKE_ASSIGN(const bool taken, disk_.exists(path));
    if (taken) return already_exists("object {} exists", key);
    MOBILAKE_TRY(ensure_folder(base::parent_directory(path)));
    return write_and_rename(path, bytes);
  };
  auto stored = store();
  {
    auto puts = puts_in_flight_.lock();
    puts->erase(puts->find(key));
  }
  return stored;
}

Result<std::unique_ptr<File>> LocalObjectStore::open_object(std::string_view key) {
  MOBILAKE_TRY(check_object_key(key));
  auto file = disk_.open(path_of(key), OpenMode::kRead);
  if (!file.ok() && file.error().code == Code::kNotFound) return not_found("no object {}", key);
  return file;
}

Result<std::string> LocalObjectStore::get_range(std::string_view key, std::uint64_t offset,
                                                std::uint64_t size) {
  MOBILAKE_ASSIGN(auto file, open_object(key));
  MOBILAKE_ASSIGN(const std::uint64_t end, file->size());
  if (offset >= end) return std::string();
  std::string bytes(std::min(size, end - offset), '\0');
  MOBILAKE_ASSIGN(const std::size_t got, file->read(offset, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

Result<std::string> LocalObjectStore::get(std::string_view key) {
  MOBILAKE_ASSIGN(auto file, open_object(key));
  MOBILAKE_ASSIGN(const std::uint64_t size, file->size());
  return file->read_exactly(0, size);
}

Result<std::uint64_t> LocalObjectStore::size(std::string_view key) {
  MOBILAKE_ASSIGN(auto file, open_object(key));
  return file->size();
}

Result<> LocalObjectStore::remove(std::string_view key) {
  MOBILAKE_TRY(check_object_key(key));
  auto removed = disk_.remove(path_of(key));
  if (!removed.ok() && removed.error().code == Code::kNotFound) return {};
  return removed;
}

std::string LocalObjectStore::location(std::string_view key) const {
  return fmt::format("{}{}", kScheme, path_of(key));
}

Result<std::string> LocalObjectStore::key_of(std::string_view location) const {
  std::optional<std::string> key = key_below(folder_, location);
  for (const std::string& former : former_folders_)
    if (!key) key = key_below(former, location);
  if (!key) return invalid("not an address of this object store: {}", location);
  MOBILAKE_TRY(check_object_key(*key));
  return *std::move(key);
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_local_object_store(
    const std::string& folder, Disk& disk, Random& random,
    std::vector<std::string> former_folders) {
  if (!folder.starts_with('/') || folder.ends_with('/'))
    return invalid("an object store needs an absolute folder, this is {}", folder);
  auto store = std::make_unique<LocalObjectStore>(folder, disk, random, std::move(former_folders));
  MOBILAKE_TRY(store->prepare().within("opening the object store"));
  return std::unique_ptr<ObjectStore>(std::move(store));
}

}  // namespace mobilake::store

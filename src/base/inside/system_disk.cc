// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <system_error>

#include "base/disk.h"

namespace mobilake::base {
namespace {

constexpr std::size_t kDirectBlockBytes = 4096;

Error errno_error(std::string_view doing, const std::string& path, int number) {
  const std::string why = std::generic_category().message(number);
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return not_found("{} {}: {}", doing, path, why);
    case EEXIST:
      return already_exists("{} {}: {}", doing, path, why);
    case EACCES:
    case EPERM:
    case EROFS:
      return denied("{} {}: {}", doing, path, why);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
      return exhausted("{} {}: {}", doing, path, why);
    default:
      return unavailable("{} {}: {}", doing, path, why);
  }
}

bool is_on_block(std::uint64_t place) {
  return place % kDirectBlockBytes == 0;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  /// Opens the file of another descriptor in the same mode past the page cache, whatever it is
  /// called by now; stays closed where that cannot be.
  void open_direct(int descriptor) {
    const int mode = ::fcntl(descriptor, F_GETFL) & O_ACCMODE;
    const std::string self = "/proc/self/fd/" + std::to_string(descriptor);
    number_ = ::open(self.c_str(), mode | O_DIRECT | O_CLOEXEC);
  }

 private:
  int number_;
};

class SystemFile final : public File {
 public:
  SystemFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t size) override {
    std::size_t got = 0;
    bool direct = direct_.number() >= 0 && is_on_block(offset) && is_on_block(size) &&
                  is_on_block(reinterpret_cast<std::uintptr_t>(buffer));
    while (got < size) {
      const ssize_t n = ::pread(direct ? direct_.number() : descriptor_.number(), buffer + got,
                                size - got, static_cast<off_t>(offset + got));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EINVAL && direct) {
        direct = false;  // blocks of another size, or the file ends within one
        continue;
      }
      if (n < 0) return errno_error("reading", path_, errno);
      if (n == 0) break;
      got += static_cast<std::size_t>(n);
    }
    return got;
  }

  Result<> write(std::uint64_t offset, std::span<const iovec> parts) override {
    bool direct = is_whole_blocks(offset, parts);
    std::vector<iovec> left(parts.begin(), parts.end());
    std::size_t first = 0;
    while (first < left.size()) {
      if (left[first].iov_len == 0) {
        ++first;
        continue;
      }
      const auto count = static_cast<int>(std::min<std::size_t>(left.size() - first, IOV_MAX));
      const ssize_t n = ::pwritev(direct ? direct_.number() : descriptor_.number(), &left[first],
                                  count, static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EINVAL && direct) {
        direct = false;  // blocks of another size, or a file system that only says so now
        continue;
      }
      if (n < 0) return errno_error("writing", path_, errno);
      offset += static_cast<std::uint64_t>(n);
      first = skip_written(left, first, static_cast<std::size_t>(n));
    }
    return {};
  }

  Result<> sync() override {
    if (::fdatasync(descriptor_.number()) != 0) return errno_error("syncing", path_, errno);
    return {};
  }

  void bypass_cache() override {
    // A file system that cannot (EINVAL) is written as ever.
    if (direct_.number() < 0) direct_.open_direct(descriptor_.number());
  }

  Result<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(descriptor_.number(), &status) != 0) return errno_error("sizing", path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0)
      return errno_error("truncating", path_, errno);
    return {};
  }

 private:
  // Whether the write can go past the page cache. What is written short goes on there too: the
  // kernel stops on a block.
  bool is_whole_blocks(std::uint64_t offset, std::span<const iovec> parts) const {
    if (direct_.number() < 0 || !is_on_block(offset)) return false;
    return std::all_of(parts.begin(), parts.end(), [](const iovec& part) {
      return is_on_block(part.iov_len) &&
             is_on_block(reinterpret_cast<std::uintptr_t>(part.iov_base));
    });
  }

  static std::size_t skip_written(std::vector<iovec>& parts, std::size_t first,
                                  std::size_t written) {
    while (first < parts.size() && written >= parts[first].iov_len)
      written -= parts[first++].iov_len;
    if (written > 0) {
      parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + written;
      parts[first].iov_len -= written;
    }
    return first;
  }

  Descriptor descriptor_;
  Descriptor direct_{-1};
  std::string path_;
};

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

class SystemDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const int number = ::open(path.c_str(), open_flags(mode) | O_CLOEXEC, 0600);
    if (number < 0) return errno_error("opening", path, errno);
    return std::unique_ptr<File>(std::make_unique<SystemFile>(number, path));
  }

  Result<> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return errno_error("renaming to", to, errno);
    return {};
  }

  Result<> remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0) return errno_error("removing", path, errno);
    return {};
  }

  Result<> make_directories(const std::string& path) override {
    MOBILAKE_ASSIGN(const bool there, exists(path));
    if (there) return {};
    const std::string parent = parent_directory(path);
    if (parent != path) MOBILAKE_TRY(make_directories(parent));
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST)
      return errno_error("making folder", path, errno);
    return sync_directory(parent);
  }

  Result<> sync_directory(const std::string& path) override {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() < 0) return errno_error("opening folder", path, errno);
    if (::fsync(folder.number()) != 0) return errno_error("syncing folder", path, errno);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    DIR* folder = ::opendir(path.c_str());
    if (folder == nullptr) return errno_error("listing", path, errno);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(folder);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<bool> exists(const std::string& path) override {
    if (::access(path.c_str(), F_OK) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return errno_error("looking for", path, errno);
  }

  Result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs status{};
    if (::statvfs(path.c_str(), &status) != 0) return errno_error("asking space of", path, errno);
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  }
};

}  // namespace

Disk& system_disk() {
  static SystemDisk disk;
  return disk;
}

}  // namespace mobilake::base

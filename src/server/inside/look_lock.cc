// SPDX-License-Identifier: Apache-2.0
#include "server/inside/look_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mobilake::server {

Result<std::unique_ptr<LookLock>> LookLock::take(const std::string& data_dir) {
  const std::string path = data_dir + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const int failed = errno;
    if (failed == ENOENT || failed == ENOTDIR) return not_found("{} is no data folder", data_dir);
    return denied("cannot open {}: {}", path, std::generic_category().message(failed));
  }
  auto lock = std::make_unique<LookLock>(descriptor);
  if (::flock(descriptor, LOCK_SH | LOCK_NB) == 0) return lock;
  return conflict(
      "a server holds the data folder {}; ask the server (leave --data-dir out), or stop it",
      data_dir);
}

LookLock::~LookLock() {
  ::close(descriptor_);
}

}  // namespace mobilake::server

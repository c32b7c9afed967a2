// SPDX-License-Identifier: Apache-2.0
#include "server/offline_views.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "log/inspect_log.h"
#include "log/log_json.h"

namespace mobilake::server {
namespace {

/// Keeps servers out of a data folder while somebody looks at it; several may look at once.
/// The lock file is a server's (data_folder.h); where there is none, no server ever ran.
class LookLock {
 public:
  static Result<std::unique_ptr<LookLock>> take(const std::string& data_dir) {
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

  explicit LookLock(int descriptor) : descriptor_(descriptor) {}
  LookLock(const LookLock&) = delete;
  LookLock& operator=(const LookLock&) = delete;
  ~LookLock() { ::close(descriptor_); }

 private:
  int descriptor_;
};

Result<std::unique_ptr<log::LogInspection>> inspect(const std::string& data_dir, Disk& disk) {
  return log::LogInspection::open(data_dir + "/log", disk).within("looking at the log");
}

}  // namespace

Result<std::string> offline_log_segments(const std::string& data_dir, Disk& disk) {
  MOBILAKE_ASSIGN(const auto lock, LookLock::take(data_dir));
  MOBILAKE_ASSIGN(const auto inspection, inspect(data_dir, disk));
  return log::segments_json(inspection->segments(), inspection->incidents());
}

Result<std::string> offline_log_records(const std::string& data_dir,
                                        const OfflineRecordQuery& query, Disk& disk) {
  MOBILAKE_ASSIGN(const log::Family family, log::parse_family(query.family));
  MOBILAKE_ASSIGN(const auto lock, LookLock::take(data_dir));
  MOBILAKE_ASSIGN(const auto inspection, inspect(data_dir, disk));
  MOBILAKE_ASSIGN(const auto records,
                  inspection->records({family, log::PartitionId(query.partition),
                                       log::Offset(query.from), query.limit}));
  return log::records_json(records, log::ShowContents::kYes);
}

Result<std::string> offline_log_verify(const std::string& data_dir, Disk& disk) {
  MOBILAKE_ASSIGN(const auto lock, LookLock::take(data_dir));
  MOBILAKE_ASSIGN(const auto inspection, inspect(data_dir, disk));
  MOBILAKE_ASSIGN(const log::LogVerdict verdict, inspection->verify());
  return log::verdict_json(verdict);
}

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/disk.h"
#include "base/result.h"

namespace mobilake::server {

/// Which records of the log `mobilake log show` asks for.
struct OfflineRecordQuery {
  std::string family = "data";  ///< data or system
  std::uint16_t partition = 0;
  std::uint64_t from = 0;
  std::uint64_t limit = 20;
};

// What `mobilake log --data-dir DIR` shows of a data folder that no server holds, as JSON in the
// form of the same API answer. Who can read the folder's files reads the records too: topic and
// payload are shown. Nothing is changed, and nothing is made.
// All fail with: not_found (no data folder, or no log in it), conflict (a server holds it),
// unsupported (a newer format), unavailable (disk).

/// Returns the answer of GET /api/v1/log/segments.
Result<std::string> offline_log_segments(const std::string& data_dir, Disk& disk);
/// Returns the answer of GET /api/v1/log/records. Fails also with: invalid.
Result<std::string> offline_log_records(const std::string& data_dir,
                                        const OfflineRecordQuery& query, Disk& disk);
/// Returns the answer of POST /api/v1/log/verify.
Result<std::string> offline_log_verify(const std::string& data_dir, Disk& disk);

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#include "server/offline_views.h"

#include <memory>

#include "log/inspect_log.h"
#include "log/log_json.h"
#include "server/inside/look_lock.h"

namespace mobilake::server {
namespace {

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

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/inside/segments/incident_list.h"
#include "log/inside/segments/segment_list.h"
#include "log/inspect_log.h"

namespace mobilake::log {

/// The segments of a folder as they lie there, listed as a log that is open lists its own.
class FolderInspection final : public LogInspection {
 public:
  FolderInspection(std::string folder, std::uint16_t partition_count, Disk& disk);

  /// Reads headers and footers, scans the unsealed segments. Fails with: unavailable.
  Result<> look();

  std::uint16_t partition_count() const override { return partition_count_; }
  const std::vector<SegmentInfo>& segments() const override { return infos_; }
  std::vector<LogIncident> incidents() const override { return incidents_->all(); }
  Result<std::vector<KeptRecord>> records(const RecordQuery& query) override;
  Result<LogVerdict> verify() override;

 private:
  Result<> look_at(Family family);
  Result<> look_at_segment(Family family, const std::string& file_name,
                           std::vector<SegmentState>& states, std::vector<Offset>& next);
  Result<> verify(Family family, LogVerdict& verdict);
  std::string folder_of(Family family) const;

  const std::string folder_;
  const std::uint16_t partition_count_;
  Disk& disk_;
  std::unique_ptr<IncidentList> incidents_;
  std::unique_ptr<SegmentList> data_;
  std::unique_ptr<SegmentList> system_;
  std::vector<SegmentInfo> infos_;
};

}  // namespace mobilake::log

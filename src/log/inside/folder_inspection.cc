// SPDX-License-Identifier: Apache-2.0
#include "log/inside/folder_inspection.h"

#include <algorithm>

#include "log/inside/frames/segment_check.h"
#include "log/inside/log_identity.h"
#include "log/inside/record_collector.h"
#include "log/inside/segmented_reader.h"
#include "log/inside/segments/recovery.h"

namespace mobilake::log {
namespace {

// A folder is made with its first segment; a crash may have come before.
Result<std::vector<std::string>> segment_names(Disk& disk, const std::string& folder) {
  MOBILAKE_ASSIGN(const bool there, disk.exists(folder));
  if (!there) return std::vector<std::string>{};
  MOBILAKE_ASSIGN(auto names, disk.list(folder));
  std::erase_if(names, [](const std::string& name) { return !parse_segment_file_name(name); });
  return names;
}

}  // namespace

Result<std::unique_ptr<LogInspection>> LogInspection::open(const std::string& folder, Disk& disk) {
  MOBILAKE_ASSIGN(const auto partition_count, read_identity(folder, disk));
  if (!partition_count) return not_found("there is no log in {}", folder);
  auto inspection = std::make_unique<FolderInspection>(folder, *partition_count, disk);
  MOBILAKE_TRY(inspection->look());
  return std::unique_ptr<LogInspection>(std::move(inspection));
}

FolderInspection::FolderInspection(std::string folder, std::uint16_t partition_count, Disk& disk)
    : folder_(std::move(folder)),
      partition_count_(partition_count),
      disk_(disk),
      incidents_(std::make_unique<IncidentList>(Logger())) {}

Result<> FolderInspection::look() {
  MOBILAKE_TRY(look_at(Family::kData));
  return look_at(Family::kSystem);
}

Result<std::vector<KeptRecord>> FolderInspection::records(const RecordQuery& query) {
  if (query.partition.value() >= partition_count_)
    return invalid("the log has {} partitions, numbered from 0, and no {}", partition_count_,
                   query.partition);
  SegmentList& list = query.family == Family::kData ? *data_ : *system_;
  std::vector<Offset> from(partition_count_);
  const Positions end = list.durable_end();
  for (const auto& [partition, offset] : positions_of(query, end))
    from[partition.value()] = offset;
  RecentFrames none(0);
  SegmentedReader reader(disk_, list, none, *incidents_, std::move(from));
  return collect_records(reader, query, end.at(query.partition));
}

Result<LogVerdict> FolderInspection::verify() {
  LogVerdict verdict;
  MOBILAKE_TRY(verify(Family::kData, verdict));
  MOBILAKE_TRY(verify(Family::kSystem, verdict));
  return verdict;
}

Result<> FolderInspection::look_at(Family family) {
  std::vector<SegmentState> states;
  std::vector<Offset> next(partition_count_);
  MOBILAKE_ASSIGN(const auto names, segment_names(disk_, folder_of(family)));
  for (const std::string& name : names)
    MOBILAKE_TRY(look_at_segment(family, name, states, next));
  auto list = std::make_unique<SegmentList>(std::move(states), std::move(next), 0);
  (family == Family::kData ? data_ : system_) = std::move(list);
  return {};
}

Result<> FolderInspection::look_at_segment(Family family, const std::string& file_name,
                                           std::vector<SegmentState>& states,
                                           std::vector<Offset>& next) {
  MOBILAKE_ASSIGN(SegmentFile segment, open_segment_file(disk_, folder_of(family), file_name,
                                                         partition_count_, OpenMode::kRead));
  if (auto incident = header_incident(segment)) incidents_->note(std::move(*incident));
  if (!is_readable(segment, partition_count_)) return {};
  const bool sealed = segment.summary.has_value();
  if (!sealed) {
    MOBILAKE_ASSIGN(ScanResult scan, scan_segment(segment, partition_count_));
    for (LogIncident& damage : scan.damage)
      incidents_->note(std::move(damage));
    if (scan.bad_tail) incidents_->note(std::move(*scan.bad_tail));
    segment.summary = std::move(scan.summary);
  }
  for (const auto& [partition, range] : segment.summary->ranges)
    if (partition.value() < next.size())
      next[partition.value()] = std::max(next[partition.value()], range.next);
  const SegmentState state = state_of(segment, sealed);
  infos_.push_back({segment.name, family, state.segment->number, state.segment->writer, sealed,
                    state.size_bytes, state.frame_count, state.record_count});
  states.push_back(state);
  return {};
}

Result<> FolderInspection::verify(Family family, LogVerdict& verdict) {
  MOBILAKE_ASSIGN(const auto names, segment_names(disk_, folder_of(family)));
  for (const std::string& name : names) {
    MOBILAKE_ASSIGN(SegmentFile segment, open_segment_file(disk_, folder_of(family), name,
                                                           partition_count_, OpenMode::kRead));
    MOBILAKE_ASSIGN(SegmentCheck check, check_segment(segment, partition_count_, std::nullopt));
    verdict.segments += 1;
    verdict.frames += check.frame_count;
    verdict.records += check.record_count;
    std::move(check.incidents.begin(), check.incidents.end(),
              std::back_inserter(verdict.incidents));
  }
  return {};
}

std::string FolderInspection::folder_of(Family family) const {
  return fmt::format("{}/{}", folder_, family_name(family));
}

std::string_view family_name(Family family) {
  return family == Family::kData ? "data" : "system";
}

Result<Family> parse_family(std::string_view name) {
  if (name == "data") return Family::kData;
  if (name == "system") return Family::kSystem;
  return invalid("a log family is data or system, not \"{}\"", name);
}

}  // namespace mobilake::log

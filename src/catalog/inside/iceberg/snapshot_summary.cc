// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/iceberg/snapshot_summary.h"

#include <charconv>

namespace mobilake::catalog {
namespace {

/// Files, rows and bytes.
struct Amount {
  std::int64_t files = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};

const char* operation_of(const Amount& added, const Amount& removed) {
  if (removed.files == 0) return "append";
  if (added.files == 0) return "delete";
  // The same rows in other files, or other rows.
  return added.rows == removed.rows ? "replace" : "overwrite";
}

}  // namespace

std::int64_t summary_number(const Snapshot& snapshot, const std::string& entry) {
  const auto found = snapshot.summary.find(entry);
  if (found == snapshot.summary.end()) return 0;
  const std::string& text = found->second;
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::map<std::string, std::string> summary_of(const TableChange& change,
                                              const RemovedFiles& removed_files,
                                              const Snapshot* parent) {
  Amount added;
  const Amount removed{removed_files.files, removed_files.rows, removed_files.bytes};
  std::set<std::optional<std::int32_t>> days = removed_files.days;
  for (const DataFile& file : change.added) {
    ++added.files;
    added.rows += file.row_count;
    added.bytes += file.size_bytes;
    days.insert(file.day);
  }
  std::map<std::string, std::string> summary = change.summary;
  const auto set = [&](const char* entry, std::int64_t value) {
    summary[entry] = std::to_string(value);
  };
  const auto total = [&](const char* entry, std::int64_t change_of_it) {
    set(entry, (parent != nullptr ? summary_number(*parent, entry) : 0) + change_of_it);
  };
  summary["operation"] = operation_of(added, removed);
  set("added-data-files", added.files);
  set("added-records", added.rows);
  set("added-files-size", added.bytes);
  if (removed.files > 0) {
    set("deleted-data-files", removed.files);
    set("deleted-records", removed.rows);
    set("removed-files-size", removed.bytes);
  }
  set("changed-partition-count", static_cast<std::int64_t>(days.size()));
  total("total-data-files", added.files - removed.files);
  total("total-records", added.rows - removed.rows);
  total("total-files-size", added.bytes - removed.bytes);
  set("total-delete-files", 0);
  set("total-position-deletes", 0);
  set("total-equality-deletes", 0);
  return summary;
}

}  // namespace mobilake::catalog

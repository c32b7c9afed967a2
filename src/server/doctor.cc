// SPDX-License-Identifier: Apache-2.0
#include "server/doctor.h"

#include <nlohmann/json.hpp>

#include "log/inspect_log.h"
#include "server/data_folder.h"
#include "server/inside/look_lock.h"
#include "store/meta/open_meta_store.h"
#include "store/objects/open_object_store.h"

namespace mobilake::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kFreeBytesLeast = 1ULL << 30;
constexpr std::size_t kTablesMax = 1'000'000;

Result<std::string> check_format(const std::string& data_dir, Disk& disk) {
  MOBILAKE_ASSIGN(const int format, DataFolder::format_of(data_dir, disk));
  return fmt::format("format {}", format);
}

Result<std::string> check_space(const std::string& data_dir, Disk& disk) {
  MOBILAKE_ASSIGN(const std::uint64_t free, disk.free_bytes(data_dir));
  if (free < kFreeBytesLeast)
    return exhausted("{} MiB are free; make room, a server needs 1 GiB to go on", free >> 20);
  return fmt::format("{} GiB free", free >> 30);
}

Result<std::string> check_log(const std::string& data_dir, Disk& disk) {
  MOBILAKE_ASSIGN(const auto inspection, log::LogInspection::open(data_dir + "/log", disk));
  MOBILAKE_ASSIGN(const log::LogVerdict verdict, inspection->verify());
  if (!verdict.incidents.empty()) {
    const log::LogIncident& first = verdict.incidents.front();
    return corrupt("{} places are damaged; the first: {} at byte {} of {}",
                   verdict.incidents.size(), first.what, first.file_offset, first.file);
  }
  return fmt::format("{} records in {} segments, all whole", verdict.records, verdict.segments);
}

Result<std::string> check_tables(const std::string& data_dir, Doors doors) {
  store::MetaStoreOptions options;
  options.path = data_dir + "/meta/meta.db";
  MOBILAKE_ASSIGN(const bool exists, doors.disk.exists(options.path));
  if (!exists) return corrupt("{} is missing", options.path);
  MOBILAKE_ASSIGN(const auto meta, store::open_meta_store(options, doors));
  std::size_t count = 0;
  MOBILAKE_TRY(meta->read([&](store::MetaTransaction& transaction) -> Result<> {
    MOBILAKE_ASSIGN(const auto tables, transaction.scan("tables", "", "", kTablesMax));
    for (const auto& [name, metadata_key] : tables) {
      MOBILAKE_ASSIGN(const bool there, doors.disk.exists(data_dir + "/objects/" + metadata_key));
      if (!there) return corrupt("table {} lacks its metadata {}", name, metadata_key);
    }
    count = tables.size();
    return {};
  }));
  return fmt::format("{} tables, each with its metadata", count);
}

void add_check(Json& checks, std::string_view name, const Result<std::string>& found) {
  checks.push_back({{"name", name},
                    {"ok", found.ok()},
                    {"detail", found.ok() ? *found : found.error().message}});
}

}  // namespace

Result<std::string> examine_data_folder(const std::string& data_dir, Doors doors) {
  MOBILAKE_ASSIGN(const auto lock, LookLock::take(data_dir));
  Json checks = Json::array();
  add_check(checks, "format", check_format(data_dir, doors.disk));
  add_check(checks, "space", check_space(data_dir, doors.disk));
  add_check(checks, "log", check_log(data_dir, doors.disk));
  add_check(checks, "tables", check_tables(data_dir, doors));
  return Json({{"checks", std::move(checks)}}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mobilake::server

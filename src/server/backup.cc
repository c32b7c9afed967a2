// SPDX-License-Identifier: Apache-2.0
#include "server/backup.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "server/data_folder.h"
#include "server/inside/folder_copy.h"
#include "store/meta/open_meta_store.h"

namespace mobilake::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kList = "backup.json";
constexpr std::string_view kHolder = "backup";
constexpr int kListVersion = 1;

/// Keeps the log's segments while they are copied.
class LogHold {
 public:
  explicit LogHold(log::Log& log) : log_(log) {
    for (const log::Family family : {log::Family::kData, log::Family::kSystem})
      log_.hold_for(kHolder, family, {});
  }
  LogHold(const LogHold&) = delete;
  LogHold& operator=(const LogHold&) = delete;
  ~LogHold() { end_backup_hold(log_); }

 private:
  log::Log& log_;
};

Result<> check_target(const std::string& data_dir, const std::string& target) {
  if (!target.starts_with('/'))
    return invalid("the target \"{}\" must be an absolute path on the server's machine", target);
  if (target == data_dir || target.starts_with(data_dir + "/"))
    return invalid("the target {} lies within the data folder", target);
  MOBILAKE_ASSIGN(const bool free, is_free_for(target));
  if (!free) return already_exists("{} is there already; name a new folder", target);
  return {};
}

/// Copies files and keeps the list.
class Copier {
 public:
  Copier(Disk& disk, std::string from, std::string to)
      : disk_(disk), from_(std::move(from)), to_(std::move(to)) {}

  /// Copies all files below `part` but those copied before; what is gone by now is left out, since
  /// a file of a table or segment goes only when nothing needs it.
  Result<> copy_below(const std::string& part) {
    MOBILAKE_ASSIGN(const auto paths, files_below(from_ + "/" + part));
    for (const std::string& path : paths) {
      const std::string name = part + "/" + path;
      if (!names_.contains(name)) MOBILAKE_TRY(copy(name));
    }
    return {};
  }

  Result<> copy(const std::string& name) {
    auto copied = copy_file(disk_, from_, to_, name);
    if (!copied.ok() && copied.error().code == Code::kNotFound) return {};
    if (!copied.ok()) return copied.error();
    add(*std::move(copied));
    return {};
  }

  void add(CopiedFile file) {
    facts_.bytes += file.size;
    ++facts_.files;
    names_.insert(file.path);
    files_.push_back(std::move(file));
  }

  Result<CopyFacts> finish() {
    Json files = Json::array();
    for (const CopiedFile& file : files_)
      files.push_back({{"path", file.path}, {"size", file.size}, {"crc32c", file.crc32c}});
    const Json list = {{"version", kListVersion}, {"files", std::move(files)}};
    MOBILAKE_TRY(disk_.replace_file(to_ + "/" + std::string(kList), list.dump() + "\n"));
    facts_.target = to_;
    return facts_;
  }

 private:
  Disk& disk_;
  std::string from_;
  std::string to_;
  std::set<std::string> names_;
  std::vector<CopiedFile> files_;
  CopyFacts facts_;
};

Result<std::vector<CopiedFile>> read_list(Disk& disk, const std::string& source) {
  const std::string path = source + "/" + std::string(kList);
  MOBILAKE_ASSIGN(const bool exists, disk.exists(path));
  if (!exists) return not_found("{} is no backup: it has no {}", source, kList);
  MOBILAKE_ASSIGN(const std::string text, disk.read_file(path));
  const Json list = Json::parse(text, nullptr, false);
  if (!list.is_object() || !list.contains("files")) return corrupt("{} is damaged", path);
  if (list.value("version", 0) > kListVersion)
    return unsupported("{} was made by a newer mobilake; restore with that one", source);
  std::vector<CopiedFile> files;
  for (const Json& file : list["files"])
    files.push_back({file.value("path", ""), file.value("size", std::uint64_t{0}),
                     file.value("crc32c", std::uint32_t{0})});
  // A list from elsewhere must not write beyond the folder.
  for (const CopiedFile& file : files)
    if (file.path.empty() || file.path.front() == '/' ||
        ("/" + file.path + "/").find("/../") != std::string::npos)
      return corrupt("{} lists the file \"{}\", which no backup holds", path, file.path);
  return files;
}

Result<> check_copied(const CopiedFile& listed, const Result<CopiedFile>& found,
                      const std::string& source) {
  if (!found.ok() && found.error().code == Code::kNotFound)
    return corrupt("the backup {} lacks its file {}", source, listed.path);
  if (!found.ok()) return found.error();
  if (found->size != listed.size || found->crc32c != listed.crc32c)
    return corrupt("the file {} of the backup {} is not what was written", listed.path, source);
  return {};
}

}  // namespace

std::string copy_facts_json(const CopyFacts& facts, const std::string& place) {
  return Json({{place, facts.target}, {"bytes", facts.bytes}, {"files", facts.files}}).dump();
}

void end_backup_hold(log::Log& log) {
  for (const log::Family family : {log::Family::kData, log::Family::kSystem})
    log.release_hold(kHolder, family);
}

Result<CopyFacts> back_up(const std::string& data_dir, const std::string& target,
                          store::MetaStore& meta, log::Log& log, Doors doors) {
  MOBILAKE_TRY(check_target(data_dir, target));
  MOBILAKE_TRY(doors.disk.make_directories(target + "/meta"));
  const LogHold hold(log);
  Copier copier(doors.disk, data_dir, target);
  // Table files before the meta store and once more after it: a file that the copied state speaks
  // of was there before, or is there since.
  MOBILAKE_TRY(copier.copy_below("objects"));
  MOBILAKE_TRY(meta.backup_to(target + "/meta/meta.db"));
  MOBILAKE_ASSIGN(CopiedFile meta_file, look_at_file(doors.disk, target, "meta/meta.db"));
  copier.add(std::move(meta_file));
  MOBILAKE_TRY(copier.copy_below("objects"));
  // The log last: it must reach as far as the positions of the copied state.
  MOBILAKE_TRY(copier.copy_below("log"));
  for (const char* name : {"format.json", "paths.json"})
    MOBILAKE_TRY(copier.copy(name));
  return copier.finish();
}

Result<CopyFacts> back_up_offline(const std::string& data_dir, const std::string& target,
                                  Doors doors) {
  MOBILAKE_ASSIGN(const bool exists, doors.disk.exists(data_dir + "/format.json"));
  if (!exists) return not_found("{} is no data folder", data_dir);
  MOBILAKE_ASSIGN(const auto folder, DataFolder::open(data_dir, doors.disk, ""));
  MOBILAKE_TRY(check_target(folder->path(), target));
  Copier copier(doors.disk, folder->path(), target);
  for (const char* part : {"objects", "meta", "log"})
    MOBILAKE_TRY(copier.copy_below(part));
  for (const char* name : {"format.json", "paths.json"})
    MOBILAKE_TRY(copier.copy(name));
  return copier.finish();
}

Result<CopyFacts> restore_backup(const std::string& source, const std::string& data_dir,
                                 Doors doors) {
  MOBILAKE_ASSIGN(const auto files, read_list(doors.disk, source));
  MOBILAKE_ASSIGN(const bool free, is_free_for(data_dir));
  if (!free) return already_exists("{} is there already; name a new folder", data_dir);
  // All is checked before anything is copied: half a restored folder is worse than none.
  for (const CopiedFile& file : files)
    MOBILAKE_TRY(check_copied(file, look_at_file(doors.disk, source, file.path), source));
  CopyFacts facts{data_dir, 0, 0};
  for (const CopiedFile& file : files) {
    const auto copied = copy_file(doors.disk, source, data_dir, file.path);
    MOBILAKE_TRY(check_copied(file, copied, source));
    ++facts.files;
    facts.bytes += file.size;
  }
  return facts;
}

}  // namespace mobilake::server

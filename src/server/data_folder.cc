// SPDX-License-Identifier: Apache-2.0
#include "server/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

namespace mobilake::server {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormatName = "/format.json";
constexpr std::string_view kPathsName = "/paths.json";

Result<std::string> absolute_path(const std::string& path) {
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(path, failure).lexically_normal();
  if (failure || path.empty()) return invalid("\"{}\" is no path of a folder", path);
  std::string text = absolute.string();
  while (text.size() > 1 && text.back() == '/')
    text.pop_back();
  return text;
}

// The lock is the kernel's: it ends with the process, however that ends.
Result<int> lock_folder(const std::string& path) {
  const std::string file = path + "/lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const int failed = errno;
    const std::string why = std::generic_category().message(failed);
    if (failed == EACCES || failed == EPERM || failed == EROFS)
      return denied("cannot write to the data folder {}: {}", path, why);
    return unavailable("cannot open {}: {}", file, why);
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  const int failed = errno;
  ::close(descriptor);
  if (failed != EWOULDBLOCK)
    return unavailable("cannot lock {}: {}", file, std::generic_category().message(failed));
  return conflict(
      "another process serves the data folder {}; stop it, or name another folder with --data-dir",
      path);
}

Result<int> read_format(const std::string& path, const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("format") || !json["format"].is_number_integer())
    return corrupt("{}{} does not say which format the data folder has", path, kFormatName);
  const int format = json["format"].get<int>();
  if (format > DataFolder::kFormat)
    return unsupported(
        "the data folder {} has format {} (written by version {}), this program reads up to {}; "
        "run a newer mobilake",
        path, format, json.value("version", "unknown"), DataFolder::kFormat);
  return format;
}

// A folder of other people's things is not taken over by mistake.
Result<> found_folder(const std::string& path, Disk& disk, const std::string& program_version) {
  MOBILAKE_ASSIGN(const auto names, disk.list(path));
  for (const std::string& name : names)
    if (name != "lock" && name != "format.json.partial")
      return invalid(
          "{} holds \"{}\" and is no data folder; name an empty or a new folder with --data-dir",
          path, name);
  const Json json = {{"format", DataFolder::kFormat}, {"version", program_version}};
  return disk.replace_file(path + std::string(kFormatName), json.dump() + "\n");
}

}  // namespace

Result<std::unique_ptr<DataFolder>> DataFolder::open(const std::string& path, Disk& disk,
                                                     const std::string& program_version) {
  MOBILAKE_ASSIGN(const std::string absolute, absolute_path(path));
  MOBILAKE_ASSIGN(const bool existed, disk.exists(absolute));
  MOBILAKE_TRY(disk.make_directories(absolute));
  if (!existed) ::chmod(absolute.c_str(), 0700);
  MOBILAKE_ASSIGN(const int lock, lock_folder(absolute));
  std::unique_ptr<DataFolder> folder(new DataFolder(absolute, disk, lock));
  const std::string format = absolute + std::string(kFormatName);
  MOBILAKE_ASSIGN(const bool known, disk.exists(format));
  if (!known) {
    MOBILAKE_TRY(found_folder(absolute, disk, program_version));
  } else {
    MOBILAKE_TRY(format_of(absolute, disk));
  }
  MOBILAKE_TRY(folder->note_path());
  folder->retract_endpoints();
  return folder;
}

Result<int> DataFolder::format_of(const std::string& path, Disk& disk) {
  const std::string file = path + std::string(kFormatName);
  MOBILAKE_ASSIGN(const bool exists, disk.exists(file));
  if (!exists) return not_found("{} is no data folder", path);
  MOBILAKE_ASSIGN(const std::string text, disk.read_file(file));
  return read_format(path, text);
}

// Where the folder lies, and where it lay before.
Result<> DataFolder::note_path() {
  const std::string file = path_ + std::string(kPathsName);
  MOBILAKE_ASSIGN(const bool exists, disk_.exists(file));
  if (exists) {
    MOBILAKE_ASSIGN(const std::string text, disk_.read_file(file));
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("path") || !json.contains("former"))
      return corrupt("{} does not say where the data folder lies", file);
    former_paths_ = json["former"].get<std::vector<std::string>>();
    const std::string last = json["path"].get<std::string>();
    if (last == path_) return {};
    std::erase(former_paths_, last);
    std::erase(former_paths_, path_);
    former_paths_.push_back(last);
  }
  const Json json = {{"path", path_}, {"former", former_paths_}};
  return disk_.replace_file(file, json.dump() + "\n");
}

DataFolder::~DataFolder() {
  ::close(lock_);
}

Result<> DataFolder::publish_endpoints(const std::map<std::string, std::string>& endpoints) {
  return disk_.replace_file(path_ + "/endpoints.json", endpoints_json(endpoints) + "\n");
}

void DataFolder::retract_endpoints() {
  // Only a convenience for callers is lost where this fails.
  const auto exists = disk_.exists(path_ + "/endpoints.json");
  if (exists.ok() && *exists) (void)disk_.remove(path_ + "/endpoints.json");
}

std::string endpoints_json(const std::map<std::string, std::string>& endpoints) {
  return Json(endpoints).dump();
}

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/result.h"

namespace mobilake::server {

/// The folder that holds all of a server's state: its names, its format version, and the lock that
/// keeps a second process out. Layout: docs/formats/data-folder.md.
class DataFolder {
 public:
  /// The version that this program writes.
  static constexpr int kFormat = 1;

  /// Makes the folder where it is missing (mode 0700), locks it until destruction, and checks its
  /// version. Fails with: conflict (another process serves it), unsupported (a newer version),
  /// invalid (a folder with other things in it), denied, exhausted, unavailable.
  static Result<std::unique_ptr<DataFolder>> open(const std::string& path, Disk& disk,
                                                  const std::string& program_version);

  /// Returns the format of a folder. Fails with: not_found (no data folder), corrupt, unsupported
  /// (a newer version), unavailable.
  static Result<int> format_of(const std::string& path, Disk& disk);

  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;
  ~DataFolder();

  const std::string& path() const { return path_; }
  /// Returns where the folder lay before it was moved or restored: table metadata names files by
  /// their whole address.
  const std::vector<std::string>& former_paths() const { return former_paths_; }
  std::string log_path() const { return path_ + "/log"; }
  std::string meta_path() const { return path_ + "/meta/meta.db"; }
  std::string objects_path() const { return objects_path_in(path_); }
  static std::string objects_path_in(const std::string& path) { return path + "/objects"; }
  std::string seen_path() const { return path_ + "/seen"; }
  std::string admin_token_path() const { return path_ + "/admin.token"; }

  /// Writes endpoints.json: door name to URL. Fails with: exhausted, unavailable.
  Result<> publish_endpoints(const std::map<std::string, std::string>& endpoints);
  /// Removes endpoints.json: nobody is to call at doors that are closed.
  void retract_endpoints();

 private:
  DataFolder(std::string path, Disk& disk, int lock)
      : path_(std::move(path)), disk_(disk), lock_(lock) {}

  Result<> note_path();

  std::string path_;
  std::vector<std::string> former_paths_;
  Disk& disk_;
  int lock_;
};

/// Returns the text of endpoints.json, which the line `ready` repeats.
std::string endpoints_json(const std::map<std::string, std::string>& endpoints);

}  // namespace mobilake::server

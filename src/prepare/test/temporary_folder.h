// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace mobilake::prepare {

/// A folder of the machine's file system that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = testing::TempDir() + "/prepare-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

  /// Writes nonsense into all its files.
  void damage() const {
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      if (entry.is_regular_file()) std::ofstream(entry.path()) << "damaged";
  }

  /// Turns one bit of each file with that suffix, within its first tenth.
  void flip_bytes(const std::string& suffix) const {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (!entry.path().string().ends_with(suffix)) continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(entry.file_size() / 20));
      const auto place = file.tellg();
      const auto byte = static_cast<char>(file.get());
      file.seekp(place);
      file.put(static_cast<char>(byte ^ 1));
    }
  }

  /// Gives the first file with that suffix another name in the folder.
  void link(const std::string& suffix, const std::string& name) const {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (!entry.path().string().ends_with(suffix)) continue;
      std::filesystem::create_hard_link(entry.path(), path_ + "/" + name);
      return;
    }
    FAIL() << "no file *" << suffix << " in " << path_;
  }

 private:
  std::string path_;
};

}  // namespace mobilake::prepare

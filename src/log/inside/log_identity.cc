// SPDX-License-Identifier: Apache-2.0
#include "log/inside/log_identity.h"

#include <charconv>

namespace mobilake::log {
namespace {

// Layout: docs/formats/log-segment.md, "identity".
constexpr std::string_view kAnyVersion = "mobilake log ";
constexpr std::string_view kThisVersion = "mobilake log 1\n";
constexpr std::string_view kStart = "mobilake log 1\npartitions ";

std::string path_in(const std::string& folder) {
  return folder + "/identity";
}

}  // namespace

Result<std::optional<std::uint16_t>> read_identity(const std::string& folder, Disk& disk) {
  const std::string path = path_in(folder);
  MOBILAKE_ASSIGN(const bool there, disk.exists(path));
  if (!there) return std::optional<std::uint16_t>{};
  MOBILAKE_ASSIGN(const std::string text, disk.read_file(path));
  if (text.starts_with(kAnyVersion) && !text.starts_with(kThisVersion))
    return unsupported("the log was written by a newer version: {}", path);
  std::uint16_t count = 0;
  if (text.starts_with(kStart))
    std::from_chars(text.data() + kStart.size(), text.data() + text.size(), count);
  if (count == 0) return corrupt("the log's identity file is damaged: {}", path);
  return std::optional(count);
}

Result<> write_identity(const std::string& folder, std::uint16_t partition_count, Disk& disk) {
  return disk.replace_file(path_in(folder), fmt::format("{}{}\n", kStart, partition_count));
}

}  // namespace mobilake::log

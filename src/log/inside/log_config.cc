// SPDX-License-Identifier: Apache-2.0
#include "log/log_config.h"

#include <algorithm>
#include <thread>

#include "log/inside/frames/segment_format.h"

namespace mobilake::log {
namespace {

constexpr double kKiB = 1 << 10;
constexpr double kGiB = 1 << 30;
constexpr double kDayMs = 24.0 * 3600 * 1000;

void add_family_keys(base::ConfigSection& section, const std::string& name, FamilyConfig& family) {
  section.keys.push_back({name + "_segment_size", &family.segment_size,
                          "size of a segment file of the " + name + " family", 64 * kKiB,
                          4 * kGiB});
  section.keys.push_back({name + "_retain_time", &family.retain_time,
                          "a segment of the " + name + " family goes when its records are older",
                          1000, 36500 * kDayMs});
  section.keys.push_back({name + "_retain_size", &family.retain_size,
                          "the oldest segments of the " + name + " family go when all are larger",
                          128 * kKiB});
}

Result<> check_family(std::string_view name, const FamilyConfig& family, std::uint64_t partitions) {
  const std::uint64_t size = family.segment_size.value;
  if (size % kBlockBytes != 0)
    return invalid("log.{}_segment_size is not a multiple of {}: {}", name, kBlockBytes, size);
  if (frame_capacity(size, static_cast<std::uint16_t>(partitions)) < 4 * kBlockBytes)
    return invalid("log.{}_segment_size is too small for {} partitions: {}", name, partitions,
                   size);
  return {};
}

}  // namespace

base::ConfigSection LogConfig::section() {
  base::ConfigSection section{
      "log", "The durable log that every incoming message reaches first.", {}};
  section.keys = {
      {"partitions", &partitions, "units of order; fixed when the data folder is made", 1, 16384},
      {"writers", &writers, "threads that write the data family; 0: one per two cores", 0, 256},
      {"mailbox_size", &mailbox_size,
       "bytes that may wait for one writer; appends beyond are refused", 64 * kKiB, 16 * kGiB},
      {"frame_size", &frame_size, "bytes after which a turn is written and synced", 4 * kKiB, kGiB},
      {"spare_segments", &spare_segments, "segment files kept ready per family", 0, 64},
      {"recent_size", &recent_size,
       "newest frames of the data family in memory, for readers that keep up", 0, 4 * kGiB},
      {"disk_budget", &disk_budget, "bytes that all segment files may take together", 128 * kKiB},
  };
  add_family_keys(section, "data", data);
  add_family_keys(section, "system", system);
  return section;
}

Result<> LogConfig::check() const {
  if (partitions < 1 || partitions > 16384)
    return invalid("log.partitions is not within 1 and 16384: {}", partitions);
  MOBILAKE_TRY(check_family("data", data, partitions));
  MOBILAKE_TRY(check_family("system", system, partitions));
  // Retention keeps up to retain_size, and each writer and spare takes a segment beside it.
  const std::uint64_t beside = (writer_count() + spare_segments) * data.segment_size.value +
                               (1 + spare_segments) * system.segment_size.value;
  const std::uint64_t needed = data.retain_size.value + system.retain_size.value + beside;
  if (disk_budget.value < needed)
    return invalid("log.disk_budget is below what retain_size and the open segments need: {} < {}",
                   disk_budget.value, needed);
  return {};
}

std::uint16_t LogConfig::writer_count() const {
  const std::uint64_t by_cores = std::max(1u, std::thread::hardware_concurrency() / 2);
  return static_cast<std::uint16_t>(std::min(writers == 0 ? by_cores : writers, partitions));
}

}  // namespace mobilake::log

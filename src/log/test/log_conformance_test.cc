// SPDX-License-Identifier: Apache-2.0
#include "log/testkit/log_conformance.h"

#include "base/testkit/power_cut_disk.h"
#include "log/open_log.h"
#include "log/testkit/fake_log.h"

namespace mobilake::log {
namespace {

/// A log with its threads, on a disk in memory.
struct OpenedLog {
  base::PowerCutDisk disk;
  std::unique_ptr<Random> random = base::seeded_random(1);
  std::unique_ptr<Log> log;
};

std::shared_ptr<Log> small_log() {
  const auto opened = std::make_shared<OpenedLog>();
  LogConfig config;
  config.partitions = 4;
  config.writers = 2;
  config.data.segment_size = config.system.segment_size = {64u << 10};
  opened->log =
      std::move(open_log("/log", config, {base::system_clock(), opened->disk, *opened->random}))
          .value();
  return {opened, opened->log.get()};
}

std::shared_ptr<Log> fake_log() {
  return std::make_shared<FakeLog>(4);
}

INSTANTIATE_TEST_SUITE_P(Segmented, LogConformance, testing::Values(small_log));
INSTANTIATE_TEST_SUITE_P(Fake, LogConformance, testing::Values(fake_log));

}  // namespace
}  // namespace mobilake::log

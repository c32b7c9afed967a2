// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/logging.h"
#include "log/log.h"

namespace mobilake::log {

/// What recovery, writers and readers met; the newest kIncidentsMax are kept, each is logged.
/// Thread safety: any thread.
class IncidentList {
 public:
  static constexpr std::size_t kIncidentsMax = 1000;

  explicit IncidentList(Logger logger) : logger_(std::move(logger)) {}

  /// Notes an incident; the same place is noted once while it is kept.
  void note(LogIncident incident) {
    auto list = list_.lock();
    for (const LogIncident& known : *list)
      if (known.file == incident.file && known.file_offset == incident.file_offset) return;
    logger_.warning("{} at {}: {}", incident.file, incident.file_offset, incident.what);
    list->push_back(std::move(incident));
    if (list->size() > kIncidentsMax) list->pop_front();
  }

  std::vector<LogIncident> all() {
    auto list = list_.lock();
    return {list->begin(), list->end()};
  }

 private:
  Logger logger_;
  Guarded<std::deque<LogIncident>> list_;
};

}  // namespace mobilake::log

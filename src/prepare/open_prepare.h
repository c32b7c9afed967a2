// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/doors.h"
#include "base/logging.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/commit.h"
#include "log/log.h"
#include "prepare/prepare_config.h"
#include "prepare/stream_tables.h"
#include "store/meta/meta_store.h"
#include "store/objects/object_store.h"

namespace mobilake::prepare {

/// What the stream tables stand on; all outlive them.
struct StreamParts {
  log::Log& log;
  catalog::TableCommitter& committer;
  store::ObjectStore& objects;
  store::MetaStore& meta;
  /// Folder for what was seen of each vehicle, on the machine's disk. It is derived: a lost one
  /// costs a read of the log. Empty: kept in memory alone.
  std::string seen_folder{};
};

/// Opens the stream tables; nothing is read or written before start().
/// Fails with: invalid (config).
Result<std::unique_ptr<StreamTables>> open_stream_tables(const PrepareConfig& config,
                                                         StreamParts parts, Doors doors,
                                                         Metrics& metrics, Logger logger = {});

}  // namespace mobilake::prepare

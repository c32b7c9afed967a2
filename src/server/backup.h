// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/doors.h"
#include "base/result.h"
#include "log/log.h"
#include "store/meta/meta_store.h"

namespace mobilake::server {

/// What a backup or a restore copied.
struct CopyFacts {
  std::string target;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Returns {"<name of the place>": target, "files", "bytes"}, as the command line shows it.
std::string copy_facts_json(const CopyFacts& facts, const std::string& place);

/// Copies a data folder to `target` while its server goes on. The copy holds one state of the meta
/// store, every table file that this state speaks of, and the log at least as far; what came in
/// later may be in it or not. Requires: the caller holds a lease of every table, so that no file of
/// theirs goes meanwhile. The list with sizes and checksums (backup.json) comes last: without
/// it a copy is no backup. Layout: docs/formats/data-folder.md.
/// Fails with: already_exists (`target` is there and not empty), invalid (a relative path, or one
/// within the data folder), conflict (files changed too fast), exhausted, unavailable.
Result<CopyFacts> back_up(const std::string& data_dir, const std::string& target,
                          store::MetaStore& meta, log::Log& log, Doors doors);

/// Lets go of the log that a backup held when its process was killed; called once at start.
void end_backup_hold(log::Log& log);

/// Copies a data folder that no server holds as back_up() does; locks it meanwhile.
/// Fails as above, and with conflict where a server holds it, not_found where it is no data folder.
Result<CopyFacts> back_up_offline(const std::string& data_dir, const std::string& target,
                                  Doors doors);

/// Checks every file of a backup against its list, then copies it to the new folder `data_dir`.
/// Fails with: not_found (no backup there), corrupt (a file is missing or other than listed),
/// already_exists, unsupported (a newer format), exhausted, unavailable.
Result<CopyFacts> restore_backup(const std::string& source, const std::string& data_dir,
                                 Doors doors);

}  // namespace mobilake::server

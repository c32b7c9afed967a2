// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "log/log_types.h"
#include "prepare/inside/intake/seen_block.h"

namespace mobilake::prepare {

/// Where blocks rest that are not in memory, with the log position up to which they are complete;
/// RocksDB in a folder of its own. Layout: docs/formats/seen-messages.md.
///
/// It holds nothing that the log and the tables do not know: a damaged one is thrown away, and the
/// log read again. After any failure of writing the files are opened anew. Blocks whose messages
/// all arrived longer ago than the horizon vanish. A checkpoint is begin(), write() of each changed
/// block, finish(): all of it is there, or none. Thread safety: one thread at a time.
class SeenStore {
 public:
  virtual ~SeenStore() = default;

  /// Returns up to where in the log the blocks are complete; empty for a new store.
  virtual const log::Positions& positions() const = 0;

  /// Fills `block` with the one of the highest number of that account, vehicle and kind; returns
  /// false if there is none. `id.number` is not looked at.
  virtual Result<bool> load_newest(const SeenBlockId& id, SeenBlock& block) = 0;

  /// Fills `block` with what is there of it.
  virtual Result<> load(const SeenBlockId& id, SeenBlock& block) = 0;

  /// Begins a checkpoint; one that was begun and not finished is forgotten.
  virtual Result<> begin() = 0;

  /// Writes a block. Requires: a checkpoint is begun, and the id comes after the last one's:
  /// by account, vehicle (both in SeenNameOrder), kind and number.
  virtual Result<> write(const SeenBlockId& id, const SeenBlock& block) = 0;

  /// Makes what was written durable, together with the position that it is complete up to.
  virtual Result<> finish(const log::Positions& positions) = 0;

  /// Forgets everything; `why` is what take_loss() says.
  virtual Result<> clear(std::string_view why) = 0;

  /// Says, once, why what was there was thrown away.
  virtual std::optional<std::string> take_loss() = 0;

  /// Lets go now of all that is beyond the horizon; else that happens bit by bit.
  virtual Result<> drop_beyond_horizon() = 0;
};

/// Opens the store in `folder`, which is made where it is missing; a damaged one is made anew.
/// Requires: the clock outlives it. Fails with: unavailable, exhausted.
Result<std::unique_ptr<SeenStore>> open_seen_store(const std::string& folder, const Clock& clock,
                                                   std::chrono::milliseconds horizon);

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "formats/column_batch.h"
#include "prepare/inside/conservation/conservation_counts.h"
#include "prepare/inside/intake/seen_messages.h"

namespace mobilake::prepare {

/// One account's stream: what was read of it and is in no commit yet, and what was ever seen.
struct AccountRows {
  AccountRows(std::string name, formats::ColumnBatch empty, SeenStore* store)
      : account(std::move(name)), signals(std::move(empty)), seen(account, store) {}

  std::string account;
  formats::ColumnBatch signals;
  ConservationCounts counts;
  SeenMessages seen;
  std::optional<Timestamp> oldest;  ///< arrival of the first record that no commit holds
};

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "formats/record_schema.h"

namespace mobilake::prepare {

/// Returns the stream table of an account: the columns of the default mapping, by day of ts, sorted
/// by vehicle and ts.
catalog::NewTable signals_table(std::string_view account);

/// Places of the columns of system.main.dead_letters. What would be a word of SQL (column, offset)
/// has a longer name.
struct DeadLetterColumns {
  static constexpr std::size_t kAccount = 0;
  static constexpr std::size_t kVehicle = 1;
  static constexpr std::size_t kCause = 2;
  static constexpr std::size_t kColumn = 3;
  static constexpr std::size_t kTopic = 4;
  static constexpr std::size_t kPartition = 5;
  static constexpr std::size_t kOffset = 6;
  static constexpr std::size_t kReceivedAt = 7;
  static constexpr std::size_t kDeviceTime = 8;
  static constexpr std::size_t kPayload = 9;
  static constexpr std::size_t kDecoder = 10;
};

/// Returns system.main.dead_letters: by day of received_at, sorted by received_at and offset.
catalog::NewTable dead_letters_table();

}  // namespace mobilake::prepare

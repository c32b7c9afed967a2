// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/column_batch.h"
#include "formats/telemetry_decoder.h"

namespace mobilake::formats {

/// One signal's value while its message is being read.
struct SignalSlot {
  enum class State : std::uint8_t { kMissing, kNull, kValue };
  State state = State::kMissing;
  std::int64_t integer = 0;
  double number = 0;
  std::string_view text;                ///< lives as long as the parsed document
  std::vector<std::string_view> texts;  ///< of a list
};

/// One message's values, so that a refused message leaves no trace in the batch.
struct RowScratch {
  std::vector<SignalSlot> slots;
  std::optional<std::string_view> vehicle;
  std::optional<std::int64_t> timestamp;
  std::optional<std::int64_t> sequence;
  bool signals_seen = false;
  bool timestamp_seen = false;
  bool sequence_seen = false;
  bool vehicle_seen = false;
  std::uint64_t rounded = 0;
  Texts extra_keys;  ///< of members that no column takes
  Texts extra_values;

  void clear();
  /// Returns whether two of the members that no column takes have the same key.
  bool repeats_extra() const;
  /// Appends the row. Requires: a timestamp.
  void append_to(ColumnBatch& batch, const MessageContext& context) const;
};

/// Bounds of a column, in the column's own numbers.
struct SignalBounds {
  std::int64_t integer_min = INT64_MIN;
  std::int64_t integer_max = INT64_MAX;
  double number_min = 0;
  double number_max = 0;
};

/// Returns the bounds of each column. Requires: check_mapping() holds.
std::vector<SignalBounds> bounds_of(const std::vector<SignalColumn>& columns);

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/telemetry/row_scratch.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "formats/inside/decimal_text.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

void append_no_signal(Column& column) {
  switch (column.type.kind) {
    case Kind::kDouble:
    case Kind::kTextList:
      column.append_null();
      return;
    case Kind::kString:
      column.coded = true;
      column.append_null();
      return;
    default:
      // Most columns of most messages.
      column.append_no_integer();
  }
}

void append_signal(ColumnBatch& batch, std::size_t index, const SignalSlot& slot) {
  Column& column = batch.column(index);
  if (slot.state != SignalSlot::State::kValue) return append_no_signal(column);
  switch (column.type.kind) {
    case Kind::kDouble:
      column.append_double(slot.number);
      return;
    case Kind::kString:
      batch.append_coded(index, slot.text);
      return;
    case Kind::kTextList:
      for (const std::string_view text : slot.texts)
        column.texts.append(text);
      column.end_entries();
      return;
    default:
      column.append_integer(slot.integer);
  }
}

double number_of(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

void RowScratch::clear() {
  for (SignalSlot& slot : slots) {
    if (slot.state == SignalSlot::State::kMissing) continue;
    slot.state = SignalSlot::State::kMissing;
    slot.texts.clear();
  }
  vehicle.reset();
  timestamp.reset();
  sequence.reset();
  signals_seen = timestamp_seen = sequence_seen = vehicle_seen = false;
  rounded = 0;
  extra_keys.clear();
  extra_values.clear();
}

bool RowScratch::repeats_extra() const {
  if (extra_keys.size() < 2) return false;
  // Sorted, so that nobody makes it slow by sending many.
  std::vector<std::string_view> keys;
  for (std::size_t i = 0; i < extra_keys.size(); ++i)
    keys.push_back(extra_keys[i]);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

void RowScratch::append_to(ColumnBatch& batch, const MessageContext& context) const {
  batch.append_coded(SignalColumns::kVehicle, context.vehicle);
  batch.column(SignalColumns::kTimestamp).append_integer(*timestamp);
  if (sequence)
    batch.column(SignalColumns::kSequence).append_integer(*sequence);
  else
    batch.column(SignalColumns::kSequence).append_null();
  batch.column(SignalColumns::kReceivedAt)
      .append_integer(context.received_at.time_since_epoch().count());
  for (std::size_t i = 0; i < slots.size(); ++i)
    append_signal(batch, SignalColumns::kFirstSignal + i, slots[i]);
  Column& rest = batch.column(SignalColumns::kFirstSignal + slots.size());
  if (extra_keys.empty()) {
    rest.append_null();
    return;
  }
  for (std::size_t i = 0; i < extra_keys.size(); ++i) {
    rest.texts.append(extra_keys[i]);
    rest.values.append(extra_values[i]);
  }
  rest.end_entries();
}

namespace {

SignalBounds bounds_of_column(const SignalColumn& column) {
  SignalBounds bounds;
  if (column.type.kind == Kind::kInt) {
    bounds.integer_min = std::numeric_limits<std::int32_t>::min();
    bounds.integer_max = std::numeric_limits<std::int32_t>::max();
  }
  bounds.number_min =
      column.minimum ? number_of(*column.minimum) : std::numeric_limits<double>::lowest();
  bounds.number_max =
      column.maximum ? number_of(*column.maximum) : std::numeric_limits<double>::max();
  const int scale = column.type.kind == Kind::kDecimal ? column.type.scale : 0;
  if (column.minimum && column.type.kind != Kind::kDouble)
    bounds.integer_min = parse_decimal_text(*column.minimum, scale, kDigitsMax).scaled;
  if (column.maximum && column.type.kind != Kind::kDouble)
    bounds.integer_max = parse_decimal_text(*column.maximum, scale, kDigitsMax).scaled;
  return bounds;
}

}  // namespace

std::vector<SignalBounds> bounds_of(const std::vector<SignalColumn>& columns) {
  std::vector<SignalBounds> bounds;
  for (const SignalColumn& column : columns)
    bounds.push_back(bounds_of_column(column));
  return bounds;
}

}  // namespace mobilake::formats

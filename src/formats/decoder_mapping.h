// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/record_schema.h"

namespace mobilake::formats {

/// A typed column for one signal, and where a payload carries it.
struct SignalColumn {
  std::string name;         ///< snake_case
  std::string vss_path{};   ///< key in the VSS form, e.g. "Vehicle.Speed"; empty: not in that form
  std::string json_path{};  ///< members joined by dots in the flat form, e.g. "wheel_kmh.fl";
                            ///< empty: not in it
  int vss_exponent = 0;     ///< the VSS form's value times 10^this is the column's: m to km is -3
  std::string unit{};       ///< in VSS words: km/h, degrees, percent
  ColumnType type;
  std::optional<std::string> minimum{};  ///< decimal text; a value below is refused
  std::optional<std::string> maximum{};  ///< decimal text; a value above is refused

  bool operator==(const SignalColumn&) const = default;
};

/// Says which member of a telemetry payload fills which column. Both forms fill the same columns:
/// VSS {"ts", "seq", "signals": {path: value}} and flat {vehicle, ts, seq, members}.
/// As JSON: decoder_mapping_json.cc. Thread safety: a value.
struct DecoderMapping {
  std::string name;
  std::string vehicle_path;  ///< required in the flat form, optional where signals_path is there
  std::string ts_path;
  std::string seq_path;
  std::string signals_path;  ///< the object that marks the VSS form
  std::vector<SignalColumn> columns;

  bool operator==(const DecoderMapping&) const = default;
};

/// Checks names, types, bounds and that no path is given twice. Fails with: invalid.
Result<> check_mapping(const DecoderMapping& mapping);

/// Returns the table's columns: vehicle_id, ts, seq, received_at, one per signal, extra; ids
/// from 1. Requires: check_mapping() holds.
std::vector<Field> table_fields(const DecoderMapping& mapping);

/// Reads and writes a mapping as JSON. Fails with: invalid.
Result<DecoderMapping> parse_decoder_mapping(std::string_view json);
std::string print_decoder_mapping(const DecoderMapping& mapping);

}  // namespace mobilake::formats

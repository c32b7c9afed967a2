// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/tables/table_definitions.h"

#include <string>
#include <utility>

#include "formats/default_mapping.h"
#include "formats/telemetry_decoder.h"

namespace mobilake::prepare {
namespace {

using Kind = formats::ColumnType::Kind;

std::string fixed_column_doc(std::size_t place) {
  using Columns = formats::SignalColumns;
  if (place == Columns::kVehicle) return "the device's id; personal";
  if (place == Columns::kTimestamp) return "device time";
  if (place == Columns::kSequence) return "the device's sequence number";
  if (place == Columns::kReceivedAt) return "when the message came in";
  return "signals that no column is named for";
}

catalog::TableColumn dead_letter_column(int id, std::string name, Kind kind, bool required,
                                        std::string doc) {
  return {{.id = id, .name = std::move(name), .type = {kind}, .required = required},
          std::move(doc),
          "",
          ""};
}

}  // namespace

catalog::NewTable signals_table(std::string_view account) {
  const formats::DecoderMapping& mapping = formats::default_mapping();
  catalog::NewTable table;
  table.name = {std::string(account), "telemetry", "signals"};
  const auto fields = formats::table_fields(mapping);
  constexpr std::size_t kFirst = formats::SignalColumns::kFirstSignal;
  for (std::size_t place = 0; place < fields.size(); ++place) {
    const bool signal = place >= kFirst && place < kFirst + mapping.columns.size();
    if (signal) {
      const formats::SignalColumn& column = mapping.columns[place - kFirst];
      table.schema.columns.push_back({fields[place], "", column.unit, column.vss_path});
    } else {
      table.schema.columns.push_back({fields[place], fixed_column_doc(place), "", ""});
    }
  }
  const int vehicle = fields[formats::SignalColumns::kVehicle].id;
  const int ts = fields[formats::SignalColumns::kTimestamp].id;
  table.partition_spec = {.spec_id = 0, .day_source_id = ts, .day_name = "ts_day"};
  table.sort_order = {.order_id = 1, .source_ids = {vehicle, ts}};
  table.properties = {{"mobilake.decoder", mapping.name}};
  return table;
}

catalog::NewTable dead_letters_table() {
  catalog::NewTable table;
  table.name = {"system", "main", "dead_letters"};
  int id = 0;
  const auto add = [&](std::string name, Kind kind, bool required, std::string doc) {
    table.schema.columns.push_back(
        dead_letter_column(++id, std::move(name), kind, required, std::move(doc)));
  };
  add("account", Kind::kString, true, "whose message it was");
  add("vehicle_id", Kind::kString, false, "of the topic; personal");
  add("cause", Kind::kString, true, "why it is not a row");
  add("column_name", Kind::kString, false, "where the cause shows");
  add("topic", Kind::kString, true, "");
  add("log_partition", Kind::kInt, true, "where it stands in the log");
  add("log_offset", Kind::kLong, true, "where it stands in the log");
  add("received_at", Kind::kTimestamp, true, "when the message came in");
  add("device_time", Kind::kTimestamp, false, "where it could be read");
  add("payload", Kind::kBinary, true, "the bytes as they came");
  add("decoder", Kind::kString, true, "the mapping that was tried");
  table.partition_spec = {.spec_id = 0, .day_source_id = 8, .day_name = "received_day"};
  table.sort_order = {.order_id = 1, .source_ids = {8, 7}};
  return table;
}

}  // namespace mobilake::prepare

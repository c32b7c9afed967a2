// SPDX-License-Identifier: Apache-2.0
#include "server/inside/ingest_table.h"

#include <utility>

namespace mobilake::server {
namespace {

using Kind = formats::ColumnType::Kind;

std::string_view cause_name(std::size_t cause) {
  return ingest::mqtt::refusal_cause_name(static_cast<ingest::mqtt::RefusalCause>(cause));
}

}  // namespace

IngestTable::IngestTable(std::function<ingest::mqtt::MqttStatus()> status)
    : status_(std::move(status)) {
  int id = 0;
  for (const auto& [name, kind] : {std::pair{"account", Kind::kString},
                                   {"source", Kind::kString},
                                   {"received", Kind::kLong},
                                   {"logged", Kind::kLong},
                                   {"refused", Kind::kLong},
                                   {"in_flight", Kind::kLong},
                                   {"acknowledged", Kind::kLong},
                                   {"causes", Kind::kString}})
    columns_.push_back({.id = ++id, .name = name, .type = {kind}});
}

Result<std::vector<query::SystemTable::Row>> IngestTable::rows() {
  std::vector<Row> rows;
  for (const auto& [account, counts] : status_().accounts)
    rows.push_back({account, "mqtt", std::to_string(counts.received), std::to_string(counts.logged),
                    std::to_string(counts.refused_total()), std::to_string(counts.in_flight()),
                    std::to_string(counts.acknowledged),
                    query::counts_cell(counts.refused, cause_name)});
  return rows;
}

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/conservation/conservation_table.h"

#include <utility>

namespace mobilake::prepare {
namespace {

using Kind = formats::ColumnType::Kind;

constexpr std::string_view kUnreadStage = "unread";

std::string_view cause_name(std::size_t cause) {
  return formats::cause_name(static_cast<formats::RefusalCause>(cause));
}

query::SystemTable::Row row_of(const std::string& account, std::string_view stage,
                               const ConservationCounts& counts, std::uint64_t in_flight) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  return {account,
          std::string(stage),
          number(counts.taken() + in_flight),
          number(counts.stored),
          number(counts.duplicate),
          number(counts.quarantined_total()),
          number(counts.other),
          number(counts.skipped),
          number(in_flight),
          number(counts.sequence_reused),
          number(counts.beyond_horizon),
          query::counts_cell(counts.quarantined, cause_name)};
}

}  // namespace

ConservationTable::ConservationTable(ConservationLedger& ledger, log::Log& log)
    : ledger_(ledger), log_(log) {
  int id = 0;
  const auto add = [&](std::string name, Kind kind) {
    const bool required = name != "causes";
    columns_.push_back({.id = ++id, .name = std::move(name), .type = {kind}, .required = required});
  };
  add("account", Kind::kString);
  add("stage", Kind::kString);
  for (const char* name : {"logged", "stored", "duplicate", "quarantined", "other", "skipped",
                           "in_flight", "sequence_reused", "beyond_horizon"})
    add(name, Kind::kLong);
  add("causes", Kind::kString);
}

Result<std::vector<query::SystemTable::Row>> ConservationTable::rows() {
  const auto entries = ledger_.entries();
  std::vector<Row> rows;
  for (const auto& [account, entry] : entries)
    rows.push_back(row_of(account, kStreamTableStage, entry.committed, entry.pending.taken()));
  rows.push_back(row_of("system", kUnreadStage, {}, count_unread(log_, entries)));
  return rows;
}

std::uint64_t count_unread(log::Log& log, const ConservationLedger::Entries& entries) {
  std::uint64_t taken = 0;
  for (const auto& [account, entry] : entries)
    taken += entry.committed.taken() + entry.pending.taken();
  std::uint64_t durable = 0;
  for (const auto& [partition, end] : log.durable_end(log::Family::kData))
    durable += end.value();
  return durable > taken ? durable - taken : 0;
}

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "log/log.h"
#include "prepare/inside/conservation/conservation_ledger.h"
#include "query/system_table.h"

namespace mobilake::prepare {

/// system.conservation: logged = stored + duplicate + quarantined + other + skipped + in_flight, a
/// row per account and stage, and one of the account "system" for what is durable and unread, whose
/// account nobody knows yet. So the sums over all rows obey the law too.
class ConservationTable final : public query::SystemTable {
 public:
  ConservationTable(ConservationLedger& ledger, log::Log& log);

  const std::string& name() const override { return name_; }
  const std::vector<formats::Field>& columns() const override { return columns_; }
  Result<std::vector<Row>> rows() override;

 private:
  ConservationLedger& ledger_;
  log::Log& log_;
  const std::string name_ = "conservation";
  std::vector<formats::Field> columns_;
};

/// Returns how many records of the log are durable and were not taken. Requires: `entries` were
/// read before the log's end is.
std::uint64_t count_unread(log::Log& log, const ConservationLedger::Entries& entries);

}  // namespace mobilake::prepare

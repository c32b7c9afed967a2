// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/conservation/conservation_ledger.h"

namespace mobilake::prepare {

void ConservationLedger::load(const std::map<std::string, ConservationCounts>& committed) {
  auto entries = entries_.lock();
  entries->clear();
  for (const auto& [account, counts] : committed)
    (*entries)[account].committed = counts;
}

void ConservationLedger::set_pending(std::string_view account, const ConservationCounts& counts) {
  auto entries = entries_.lock();
  auto entry = entries->find(account);
  if (entry == entries->end()) entry = entries->emplace(account, Entry{}).first;
  entry->second.pending = counts;
}

void ConservationLedger::commit_pending() {
  auto entries = entries_.lock();
  for (auto& [account, entry] : *entries) {
    entry.committed.add(entry.pending);
    entry.pending = {};
  }
}

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/conservation/conservation_counts.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <optional>

namespace mobilake::prepare {
namespace {

constexpr std::string_view kQuarantined = "quarantined.";
constexpr std::size_t kAccountsPerScan = 1000;

std::string key_of(std::string_view account) {
  return fmt::format("{}/{}", account, kStreamTableStage);
}

/// Returns the counter of that name, or null.
std::uint64_t* find_counter(ConservationCounts& counts, std::string_view name) {
  if (name == "stored") return &counts.stored;
  if (name == "duplicate") return &counts.duplicate;
  if (name == "other") return &counts.other;
  if (name == "skipped") return &counts.skipped;
  if (name == "sequence_reused") return &counts.sequence_reused;
  if (name == "beyond_horizon") return &counts.beyond_horizon;
  if (!name.starts_with(kQuarantined)) return nullptr;
  const auto cause = formats::cause_of_name(name.substr(kQuarantined.size()));
  return cause ? &counts.quarantined[static_cast<std::size_t>(*cause)] : nullptr;
}

Result<> parse_line(std::string_view line, ConservationCounts& counts) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return corrupt("a conservation counter has no number");
  std::uint64_t* counter = find_counter(counts, line.substr(0, blank));
  if (counter == nullptr)
    return corrupt("no conservation counter is called {}", line.substr(0, blank));
  const char* end = line.data() + line.size();
  const auto read = std::from_chars(line.data() + blank + 1, end, *counter);
  if (read.ec != std::errc() || read.ptr != end)
    return corrupt("a conservation counter is no number: {}", line.substr(blank + 1));
  return {};
}

}  // namespace

std::uint64_t ConservationCounts::quarantined_total() const {
  std::uint64_t total = 0;
  for (const std::uint64_t count : quarantined)
    total += count;
  return total;
}

std::uint64_t ConservationCounts::taken() const {
  return stored + duplicate + other + skipped + quarantined_total();
}

void ConservationCounts::add(const ConservationCounts& more) {
  stored += more.stored;
  duplicate += more.duplicate;
  other += more.other;
  skipped += more.skipped;
  sequence_reused += more.sequence_reused;
  beyond_horizon += more.beyond_horizon;
  for (std::size_t cause = 0; cause < quarantined.size(); ++cause)
    quarantined[cause] += more.quarantined[cause];
}

std::string print_counts(const ConservationCounts& counts) {
  std::string text = fmt::format("stored {}\nduplicate {}\nother {}\nskipped {}\n", counts.stored,
                                 counts.duplicate, counts.other, counts.skipped);
  fmt::format_to(std::back_inserter(text), "sequence_reused {}\nbeyond_horizon {}\n",
                 counts.sequence_reused, counts.beyond_horizon);
  for (std::size_t cause = 0; cause < counts.quarantined.size(); ++cause) {
    if (counts.quarantined[cause] == 0) continue;
    fmt::format_to(std::back_inserter(text), "{}{} {}\n", kQuarantined,
                   formats::cause_name(static_cast<formats::RefusalCause>(cause)),
                   counts.quarantined[cause]);
  }
  return text;
}

Result<ConservationCounts> parse_counts(std::string_view text) {
  ConservationCounts counts;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return corrupt("a conservation counter was cut off");
    MOBILAKE_TRY(parse_line(text.substr(0, end), counts));
    text.remove_prefix(end + 1);
  }
  return counts;
}

Result<> add_counts(store::MetaTransaction& transaction, std::string_view account,
                    const ConservationCounts& counts) {
  const std::string key = key_of(account);
  MOBILAKE_ASSIGN(const auto before, transaction.get(kConservationSpace, key));
  MOBILAKE_ASSIGN(ConservationCounts sum, parse_counts(before.value_or("")));
  sum.add(counts);
  return transaction.put(kConservationSpace, key, print_counts(sum));
}

Result<std::map<std::string, ConservationCounts>> load_counts(store::MetaStore& meta) {
  std::map<std::string, ConservationCounts> all;
  const auto load = [&all](store::MetaTransaction& transaction) -> Result<> {
    all.clear();
    std::string after;
    while (true) {
      MOBILAKE_ASSIGN(const auto rows,
                      transaction.scan(kConservationSpace, "", after, kAccountsPerScan));
      for (const auto& [key, text] : rows) {
        after = key;
        const std::size_t slash = key.rfind('/');
        if (slash == std::string::npos || key.substr(slash + 1) != kStreamTableStage) continue;
        MOBILAKE_ASSIGN(all[key.substr(0, slash)], parse_counts(text));
      }
      if (rows.size() < kAccountsPerScan) return {};
    }
  };
  MOBILAKE_TRY(meta.read(load));
  return all;
}

}  // namespace mobilake::prepare

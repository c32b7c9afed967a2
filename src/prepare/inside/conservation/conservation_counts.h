// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/telemetry_decoder.h"
#include "store/meta/meta_store.h"

namespace mobilake::prepare {

/// What became of the records that this stage took from the log, of one account.
/// logged = stored + duplicate + quarantined + other + skipped + in flight.
struct ConservationCounts {
  std::uint64_t stored = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t other = 0;    ///< other topics, and session state: not this table's business
  std::uint64_t skipped = 0;  ///< offsets that the log no longer had: damaged, or too old
  std::uint64_t sequence_reused = 0;  ///< of those stored: the sequence was used before
  std::uint64_t beyond_horizon = 0;   ///< of those stored: too old to be told apart
  std::array<std::uint64_t, formats::kRefusalCauseCount> quarantined{};

  std::uint64_t quarantined_total() const;
  /// Returns how many of the log's offsets these are.
  std::uint64_t taken() const;
  void add(const ConservationCounts& more);
  bool operator==(const ConservationCounts&) const = default;
};

/// The stage of these counters within system.conservation.
constexpr std::string_view kStreamTableStage = "stream_table";
/// Where they rest: one key "<account>/<stage>", lines of name and number.
constexpr std::string_view kConservationSpace = "conservation";

std::string print_counts(const ConservationCounts& counts);
/// Fails with: corrupt.
Result<ConservationCounts> parse_counts(std::string_view text);

/// Adds to what the store has of an account, within the transaction.
Result<> add_counts(store::MetaTransaction& transaction, std::string_view account,
                    const ConservationCounts& counts);

/// Returns the counters of every account.
Result<std::map<std::string, ConservationCounts>> load_counts(store::MetaStore& meta);

}  // namespace mobilake::prepare

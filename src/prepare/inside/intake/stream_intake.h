// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/telemetry_decoder.h"
#include "log/log.h"
#include "prepare/inside/intake/account_rows.h"
#include "prepare/prepare_config.h"

namespace mobilake::prepare {

/// Turns records of the log into rows: decodes, tells duplicates apart, sets aside what is no good,
/// and counts each record exactly once.
/// Thread safety: one thread at a time.
class StreamIntake {
 public:
  using Accounts = std::map<std::string, AccountRows, SeenNameOrder>;

  /// `store` may be null, and outlives the intake.
  static Result<StreamIntake> open(const PrepareConfig& config, SeenStore* store);

  /// Takes the records of a batch. Those below `stored_below` are in the tables: they are only
  /// remembered as seen. Fails with: what the store of seen messages says; then begin anew with
  /// forget().
  Result<> take(const log::ReadBatch& batch, log::Offset stored_below);

  /// Counts offsets that the log no longer has.
  void count_skipped(std::uint64_t records);

  const Accounts& accounts() const { return accounts_; }
  const formats::ColumnBatch& dead_letters() const { return dead_letters_; }

  std::size_t row_count() const;
  std::size_t memory_bytes() const;
  /// Forgets the rows and counters, which a commit holds now; what was seen stays.
  void clear_rows();
  /// Forgets all, what was seen included.
  void forget();

  /// Writes what was seen to the store, complete up to `positions`. Requires: a store, and that all
  /// that was taken is in the tables.
  Result<> write_seen(const log::Positions& positions);
  std::size_t seen_memory_bytes() const;

 private:
  void clear_signals(AccountRows& account);
  struct Place {
    log::PartitionId partition;
    std::uint64_t offset = 0;
    bool stored = false;
  };
  StreamIntake(const PrepareConfig& config, SeenStore* store,
               std::unique_ptr<formats::PayloadDecoder> decoder, formats::ColumnBatch dead_letters);
  void release_seen();

  /// A record whose turn comes soon.
  struct Sighted {
    log::RecordView record;
    std::optional<std::string_view> vehicle;
    std::uint32_t hash = 0;  ///< of the vehicle
    std::uint32_t code = 0;  ///< of the vehicle in the rows' dictionary
  };
  void sight(const AccountRows& rows, log::RecordCursor& cursor, std::uint64_t records_max);

  AccountRows& rows_of(std::string_view account);
  void take_record(AccountRows& rows, const Sighted& sighted, const Place& place);
  void take_row(AccountRows& rows, const log::RecordView& record, std::string_view vehicle,
                const Place& place);
  void add_dead_letter(const AccountRows& rows, const log::RecordView& record,
                       std::string_view vehicle, const formats::Refusal& refusal,
                       const Place& place);

  PrepareConfig config_;
  SeenStore* store_;
  std::optional<Error> failure_;
  std::unique_ptr<formats::PayloadDecoder> decoder_;
  formats::ColumnBatch dead_letters_;
  Accounts accounts_;
  std::vector<Sighted> sighted_;  // reused
};

}  // namespace mobilake::prepare

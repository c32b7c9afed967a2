// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "prepare/inside/conservation/conservation_ledger.h"
#include "prepare/inside/intake/stream_intake.h"
#include "prepare/inside/log_reading.h"
#include "prepare/open_prepare.h"

namespace mobilake::prepare {

/// The name under which the tables' positions rest, and under which the log is held.
constexpr std::string_view kConsumer = "stream-tables";

/// The steps from log to tables, one after the other and without a thread: read, commit.
///
/// Rows that were read stay here until a commit holds them. When a commit's answer is lost, the
/// positions say whether it took place: they moved in the same transaction. If it did not, the very
/// same commit is tried again, so what was read is neither read again nor forgotten.
/// Thread safety: one thread at a time; stop_reading() from any.
class StreamPump {
 public:
  /// Goes to where the tables stand. Fails with: corrupt (beyond the log's end), unavailable,
  /// exhausted.
  static Result<std::unique_ptr<StreamPump>> open(const PrepareConfig& config, StreamParts parts,
                                                  Doors doors, ConservationLedger& ledger);

  /// Reads once; waits up to `wait` for something to read. Returns whether there was something.
  /// Requires: the last commit() did not fail.
  Result<bool> take_in(std::chrono::milliseconds wait);

  /// Returns how long a commit may wait; nothing when there is nothing to commit.
  std::optional<std::chrono::milliseconds> commit_due_in() const;

  /// Commits what was read. An error means: not yet, the same is tried by the next call; but with
  /// conflict somebody else commits for the same tables, and trying is over.
  Result<> commit();

  /// Returns whether what was seen should be written now. It never should while rows wait.
  bool checkpoint_due() const;
  /// Writes what was seen, so that a start need not read the log again from before this. Does
  /// nothing while rows wait for a commit. Fails with: exhausted, unavailable, corrupt
  /// (then all is read again, as far as the log goes back).
  Result<> checkpoint();

  /// Says, once, why what was seen was thrown away.
  std::optional<std::string> take_loss() { return seen_ ? seen_->take_loss() : std::nullopt; }

  void stop_reading() { reading_.stop(); }

  /// Returns per account how many rows wait for a commit, and since when.
  struct Waiting {
    std::uint64_t rows = 0;
    std::optional<Timestamp> oldest;
  };
  std::map<std::string, Waiting> waiting();

 private:
  using Tables = std::map<std::string, catalog::TableState, std::less<>>;

  /// A commit whose files are stored.
  struct Prepared {
    catalog::Commit commit;
    std::vector<catalog::DataFile> files;
  };

  StreamPump(const PrepareConfig& config, StreamParts parts, Doors doors,
             ConservationLedger& ledger, std::unique_ptr<SeenStore> seen, StreamIntake intake);

  Result<> go_to_tables();
  Result<log::Positions> seen_positions();
  Result<> take(const log::ReadBatch& batch);
  void note_waiting();
  Result<> prepare();
  Result<> add_change(const catalog::NewTable& table, const formats::ColumnBatch& rows,
                      Prepared& prepared);
  void add_advance(Prepared& prepared) const;
  Result<> settle_failure(Error error);
  bool a_table_is_gone();
  void settle_success();

  const PrepareConfig config_;
  const StreamParts parts_;
  const Doors doors_;
  ConservationLedger& ledger_;
  std::unique_ptr<SeenStore> seen_;  // may be null
  StreamIntake intake_;
  log::Positions committed_;  ///< where the tables stand
  log::Positions taken_;      ///< up to where records were taken; never behind committed_
  log::Positions seen_to_;    ///< up to where they are remembered; behind taken_ after a start
  LogReading reading_;
  Tables tables_;
  std::optional<Prepared> prepared_;
  std::optional<base::Instant> first_taken_;  ///< when the first uncommitted record was taken
  base::Instant last_checkpoint_{};
  base::Instant checkpoint_not_before_{};  ///< the last one failed
  std::uint64_t records_since_checkpoint_ = 0;
  bool lost_ = false;  ///< the intake failed half way: begin again from where the tables stand
  Guarded<std::map<std::string, Waiting>> waiting_;
};

}  // namespace mobilake::prepare

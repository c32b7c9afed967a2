// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/log_stream_tables.h"

#include <algorithm>
#include <utility>

#include "model/names.h"
#include "prepare/inside/tables/table_definitions.h"

namespace mobilake::prepare {
namespace {

using std::chrono::milliseconds;

// How long the reader waits where nothing is due; new records end the wait.
constexpr milliseconds kIdleWait{500};
constexpr milliseconds kFirstRetry{50};

milliseconds age_of(Timestamp now, std::optional<Timestamp> oldest) {
  if (!oldest || *oldest >= now) return milliseconds(0);
  return std::chrono::ceil<milliseconds>(now - *oldest);
}

}  // namespace

Result<std::unique_ptr<StreamTables>> open_stream_tables(const PrepareConfig& config,
                                                         StreamParts parts, Doors doors,
                                                         Metrics& metrics, Logger logger) {
  if (config.merge_files < 2)
    return invalid("prepare.merge_files is below 2: {}", config.merge_files);
  if (config.commit_rows == 0) return invalid("prepare.commit_rows is 0");
  return std::unique_ptr<StreamTables>(
      std::make_unique<LogStreamTables>(config, parts, doors, metrics, std::move(logger)));
}

LogStreamTables::Gauges LogStreamTables::make_gauges(Metrics& metrics) {
  return {
      metrics.gauge("mobilake_prepare_unread_records", "Durable records that are not read yet."),
      metrics.gauge("mobilake_prepare_waiting_rows", "Rows that were read and not committed."),
      metrics.gauge("mobilake_prepare_lag_milliseconds", "Age of the oldest such row."),
      metrics.counter("mobilake_prepare_commits_total", "Commits of the stream tables."),
      metrics.counter("mobilake_prepare_failures_total", "Steps that failed and are tried again."),
      metrics.counter("mobilake_prepare_merges_total", "Merges of small files."),
      metrics.histogram("mobilake_prepare_commit_seconds", "Time from rows to a commit.")};
}

LogStreamTables::LogStreamTables(const PrepareConfig& config, StreamParts parts, Doors doors,
                                 Metrics& metrics, Logger logger)
    : config_(config),
      parts_(parts),
      doors_(doors),
      logger_(std::move(logger)),
      metrics_(metrics),
      gauges_(make_gauges(metrics)),
      conservation_(ledger_, parts.log),
      stop_(doors.clock),
      merge_(config, parts, doors) {}

LogStreamTables::~LogStreamTables() {
  stop();
}

Result<> LogStreamTables::start() {
  MOBILAKE_TRY(parts_.committer.ensure_table(dead_letters_table()));
  MOBILAKE_ASSIGN(pump_, StreamPump::open(config_, parts_, doors_, ledger_));
  pump_thread_ = std::thread([this] { run_pump(); });
  merge_thread_ = std::thread([this] { run_merge(); });
  return {};
}

void LogStreamTables::stop() {
  stop_.give();
  if (pump_) pump_->stop_reading();
  if (pump_thread_.joinable()) pump_thread_.join();
  if (merge_thread_.joinable()) merge_thread_.join();
}

Result<> LogStreamTables::ensure_account(std::string_view account) {
  MOBILAKE_TRY(model::check_name("account", account));
  MOBILAKE_TRY(parts_.committer.ensure_table(signals_table(account)));
  return {};
}

std::vector<TableLag> LogStreamTables::lags() {
  std::vector<TableLag> lags;
  if (!pump_) return lags;
  const Timestamp now = doors_.clock.now();
  for (const auto& [account, waiting] : pump_->waiting())
    lags.push_back({{account, "telemetry", "signals"}, waiting.rows, age_of(now, waiting.oldest)});
  return lags;
}

std::uint64_t LogStreamTables::unread_records() {
  return count_unread(parts_.log, ledger_.entries());
}

std::optional<Error> LogStreamTables::health() {
  auto health = health_.lock();
  return health->pump ? health->pump : health->merge;
}

void LogStreamTables::run_pump() {
  milliseconds retry = kFirstRetry;
  while (!stop_.given()) {
    const Result<> stepped = step();
    if (const auto why = pump_->take_loss())
      logger_.warning(
          "what was seen of the vehicles was thrown away ({}) and is read again from the log; what "
          "is sent again from before that becomes a second row",
          *why);
    report(&Health::pump, stepped);
    if (stepped.ok()) {
      retry = kFirstRetry;
      continue;
    }
    // Another instance has the tables: to go on would be a race for each commit.
    if (stepped.error().code == Code::kConflict) return;
    stop_.wait(retry);
    retry = std::min(2 * retry, config_.retry_max);
  }
  // What is lost here is read again after the next start.
  Result<> last = commit();
  if (last.ok()) last = pump_->checkpoint();
  report(&Health::pump, last);
}

Result<> LogStreamTables::step() {
  const auto due = pump_->commit_due_in();
  if (due && due->count() == 0) return commit();
  if (pump_->checkpoint_due()) return pump_->checkpoint();
  const auto took = pump_->take_in(std::min(due.value_or(kIdleWait), kIdleWait));
  set_gauges();
  if (!took.ok()) return took.error();
  return {};
}

Result<> LogStreamTables::commit() {
  const bool something = pump_->commit_due_in().has_value();
  const auto begin = doors_.clock.steady();
  const Result<> committed = pump_->commit();
  if (!committed.ok() || !something) return committed;
  const std::chrono::duration<double> took = doors_.clock.steady() - begin;
  gauges_.commit_seconds.observe(took.count());
  gauges_.commits.add();
  set_gauges();
  set_conservation();
  return {};
}

void LogStreamTables::run_merge() {
  while (!stop_.wait(config_.merge_interval))
    report(&Health::merge, merge_all());
}

Result<> LogStreamTables::merge_all() {
  std::set<model::TableName> tables{dead_letters_table().name};
  for (const auto& [account, entry] : ledger_.entries())
    if (entry.committed.stored > 0) tables.insert(signals_table(account).name);
  for (const model::TableName& table : tables) {
    while (!stop_.given()) {
      const auto merged = merge_.merge_once(table);
      // A table that its owner dropped is made anew by its next row.
      if (!merged.ok() && merged.error().code == Code::kNotFound) break;
      if (!merged.ok()) return merged.error();
      if (!*merged) break;
      gauges_.merges.add();
    }
  }
  return {};
}

void LogStreamTables::report(std::optional<Error> Health::* part, const Result<>& result) {
  bool news = false;
  {
    auto health = health_.lock();
    std::optional<Error>& now = (*health).*part;
    if (result.ok()) {
      now.reset();
    } else {
      news = !now || now->message != result.error().message;
      now = result.error();
    }
  }
  if (result.ok()) return;
  gauges_.failures.add();
  if (news) logger_.warning("stream tables: {}", result.error().to_string());
}

void LogStreamTables::set_conservation() {
  const auto set = [this](const std::string& account, const char* outcome, std::uint64_t count) {
    metrics_
        .gauge("mobilake_prepare_conservation_records",
               "Records that commits hold, by what became of them.",
               {{"account", account}, {"outcome", outcome}})
        .set(static_cast<std::int64_t>(count));
  };
  for (const auto& [account, entry] : ledger_.entries()) {
    set(account, "stored", entry.committed.stored);
    set(account, "duplicate", entry.committed.duplicate);
    set(account, "quarantined", entry.committed.quarantined_total());
    set(account, "other", entry.committed.other);
    set(account, "skipped", entry.committed.skipped);
  }
}

void LogStreamTables::set_gauges() {
  const Timestamp now = doors_.clock.now();
  std::uint64_t rows = 0;
  milliseconds lag{0};
  for (const auto& [account, waiting] : pump_->waiting()) {
    rows += waiting.rows;
    lag = std::max(lag, age_of(now, waiting.oldest));
  }
  gauges_.unread.set(static_cast<std::int64_t>(unread_records()));
  gauges_.waiting.set(static_cast<std::int64_t>(rows));
  gauges_.lag_ms.set(lag.count());
}

}  // namespace mobilake::prepare

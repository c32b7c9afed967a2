// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testkit/simulated_clock.h"
#include "catalog/open_catalog.h"
#include "log/open_log.h"
#include "prepare/inside/stream_pump.h"
#include "prepare/inside/tables/small_file_merge.h"
#include "prepare/inside/tables/table_definitions.h"
#include "prepare/test/stream_lake.h"
#include "store/meta/open_meta_store.h"
#include "store/objects/open_object_store.h"

namespace mobilake::prepare {

/// The real log, catalog and stores over a disk that a test breaks, with a fleet that sends again
/// what was not acknowledged, and remembers what was.
class DurableLake {
 public:
  /// What was seen is kept in `seen_folder`, or in memory alone where that is empty.
  DurableLake(Disk& log_disk, Disk& table_disk, std::uint64_t seed, std::string seen_folder = {})
      : clock_(day_start() + std::chrono::hours(1)),
        random_(base::seeded_random(seed)),
        log_disk_(log_disk),
        table_disk_(table_disk),
        seen_folder_(std::move(seen_folder)) {
    log_config_.partitions = 4;
    log_config_.data.segment_size = {128u << 10};
    log_config_.system.segment_size = {64u << 10};
    log_config_.spare_segments = 1;
    config_.merge_files = 3;
  }

  Result<> open(std::uint64_t writers) {
    close();
    log_config_.writers = writers;
    MOBILAKE_ASSIGN(log_, log::open_log("/log", log_config_, {clock_, log_disk_, *random_}));
    const Doors doors{clock_, table_disk_, *random_};
    MOBILAKE_ASSIGN(meta_, store::open_meta_store({.path = "/meta/meta.db"}, doors));
    MOBILAKE_ASSIGN(objects_, store::open_local_object_store("/objects", table_disk_, *random_));
    MOBILAKE_ASSIGN(catalog_, catalog::open_catalog({}, doors, *meta_, *objects_));
    MOBILAKE_ASSIGN(pump_, StreamPump::open(config_, parts(), doors, ledger_));
    return {};
  }

  void close() {
    pump_.reset();
    catalog_.reset();
    objects_.reset();
    meta_.reset();
    log_.reset();
  }

  StreamParts parts() { return {*log_, catalog_->committer(), *objects_, *meta_, seen_folder_}; }
  StreamPump& pump() { return *pump_; }
  base::SimulatedClock& clock() { return clock_; }

  /// Sends what was not acknowledged, a few new messages, a bad one and one again.
  void send() {
    for (int i = 0; i < 4; ++i) {
      const int vehicle = static_cast<int>(random_->below(3));
      const int seq = next_seq_[vehicle]++;
      // Two days, so that some commits write two files.
      const int second = seq % 5 == 0 ? 24 * 3600 + seq : seq;
      unacked_[{vehicle, seq}] = vss(fmt::format("V{}", vehicle), seq, seq % 90, second);
    }
    Sent bad = vss("V0", 0);
    bad.payload = "{";
    std::vector<std::pair<std::pair<int, int>, Sent>> sent(unacked_.begin(), unacked_.end());
    if (!acked_.empty()) {
      const auto again =
          std::next(acked_.begin(), static_cast<long>(random_->below(acked_.size())));
      sent.emplace_back(again->first, again->second);
    }
    for (const auto& [id, message] : sent) {
      if (!append(message)) continue;
      acked_[id] = message;
      unacked_.erase(id);
    }
    if (append(bad)) ++bad_acked_;
  }

  /// Takes all that is durable, and commits.
  Result<> drain() {
    while (true) {
      MOBILAKE_ASSIGN(const bool more, pump_->take_in(std::chrono::milliseconds(0)));
      if (!more) return pump_->commit();
    }
  }

  Result<bool> merge() {
    SmallFileMerge merge(config_, parts(), {clock_, table_disk_, *random_});
    return merge.merge_once(signals_table("vehicle").name);
  }

  /// Checks that nothing acknowledged is missing, nothing is there twice, and all is accounted for.
  void check() {
    std::map<std::pair<std::string, std::int64_t>, int> found;
    const auto rows = this->rows(signals_table("vehicle"));
    for (std::size_t row = 0; row < rows.row_count(); ++row)
      ++found[{std::string(rows.column(formats::SignalColumns::kVehicle).text(row)),
               rows.column(formats::SignalColumns::kSequence).integers[row]}];
    for (const auto& [id, message] : acked_)
      EXPECT_EQ((found[{fmt::format("V{}", id.first), id.second}]), 1) << "lost or doubled";
    for (const auto& [id, times] : found)
      EXPECT_LE(times, 1) << "doubled";
    const std::size_t letters = this->rows(dead_letters_table()).row_count();
    EXPECT_GE(letters, bad_acked_);
    auto counts = std::move(load_counts(*meta_)).value()["vehicle"];
    EXPECT_EQ(counts.stored, rows.row_count());
    EXPECT_EQ(counts.quarantined_total(), letters);
    EXPECT_EQ(counts.skipped, 0u);
    std::uint64_t durable = 0;
    for (const auto& [partition, end] : log_->durable_end(log::Family::kData))
      durable += end.value();
    EXPECT_EQ(counts.taken(), durable);
  }

  std::size_t acked_count() const { return acked_.size(); }

 private:
  bool append(const Sent& message) {
    const auto partition = log::partition_of(message.topic, log_->partition_count());
    log::RecordBatch batch(log::Family::kData, "vehicle", partition);
    batch.add({.received_at = message.received_at,
               .topic = message.topic,
               .attributes = {},
               .payload = message.payload});
    std::promise<bool> acked;
    auto answer = acked.get_future();
    log_->writer().append(std::move(batch),
                          [&acked](Result<log::Offset> at) { acked.set_value(at.ok()); });
    return answer.get();
  }

  formats::ColumnBatch rows(const catalog::NewTable& table) {
    formats::ColumnBatch all(table.schema.fields());
    auto plan = catalog_->committer().plan(table.name);
    if (!plan.ok()) return all;
    for (const catalog::PlannedFile& planned : plan->files) {
      auto bytes = objects_->get(planned.file.key);
      EXPECT_TRUE(bytes.ok()) << "a live file is missing";
      if (!bytes.ok()) continue;
      EXPECT_TRUE(formats::append_parquet(*bytes, all).ok());
    }
    return all;
  }

  base::SimulatedClock clock_;
  std::unique_ptr<Random> random_;
  Disk& log_disk_;
  Disk& table_disk_;
  const std::string seen_folder_;
  log::LogConfig log_config_;
  PrepareConfig config_;
  ConservationLedger ledger_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<store::MetaStore> meta_;
  std::unique_ptr<store::ObjectStore> objects_;
  std::unique_ptr<catalog::OpenCatalog> catalog_;
  std::unique_ptr<StreamPump> pump_;
  std::map<std::pair<int, int>, Sent> unacked_;
  std::map<std::pair<int, int>, Sent> acked_;
  std::map<int, int> next_seq_;
  std::size_t bad_acked_ = 0;
};

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testkit/power_cut_disk.h"
#include "base/testkit/simulated_clock.h"
#include "formats/parquet_file.h"
#include "log/open_log.h"
#include "prepare/inside/stream_pump.h"
#include "prepare/inside/tables/table_definitions.h"
#include "prepare/testkit/fake_committer.h"
#include "store/testkit/fake_meta_store.h"
#include "store/testkit/fake_object_store.h"

namespace mobilake::prepare {

/// A message as a test sends it.
struct Sent {
  std::string topic;
  std::string payload;
  Timestamp received_at;
  std::uint8_t flags = 0;
  log::RecordView::Kind kind = log::RecordView::Kind::kMessage;
};

inline Timestamp day_start() {
  using namespace std::chrono;
  return Timestamp(sys_days(year{2026} / March / 2)) + hours(8);
}

/// A VSS message of `vehicle`, received a second after its device time.
inline Sent vss(std::string_view vehicle, int seq, double speed = 1, int second = 0) {
  return {fmt::format("vehicles/{}/telemetry", vehicle),
          fmt::format(R"({{"ts":{},"seq":{},"signals":{{"Vehicle.Speed":{}}}}})",
                      day_start().time_since_epoch().count() / 1000 + second * 1000, seq, speed),
          day_start() + std::chrono::seconds(second + 1)};
}

/// A real log in memory, and tables and stores that are fakes, which outlive a crash of the rest.
class StreamLake {
 public:
  StreamLake() : clock(day_start() + std::chrono::hours(1)), random(base::seeded_random(7)) {
    log_config.partitions = 8;
    log_config.writers = 2;
    log_config.data.segment_size = {1u << 20};
    log_config.system.segment_size = {256u << 10};
    open();
  }

  /// Opens the log (again) and a pump at the tables' positions.
  void open() {
    pump.reset();
    log.reset();
    log = std::move(log::open_log("/log", log_config, doors())).value();
    reopen_pump();
  }
  void reopen_pump() {
    pump.reset();
    pump = std::move(StreamPump::open(config, parts(), doors(), ledger)).value();
  }

  Doors doors() { return {clock, disk, *random}; }
  StreamParts parts() { return {*log, committer, objects, meta, seen_folder}; }

  /// Appends the messages, a batch per partition, and returns when they are durable.
  void append(const std::vector<Sent>& messages, const std::string& stream = "vehicle") {
    std::map<log::PartitionId, log::RecordBatch> batches;
    std::vector<std::future<bool>> acks;
    const auto hand_over = [&](log::RecordBatch batch) {
      auto acked = std::make_shared<std::promise<bool>>();
      acks.push_back(acked->get_future());
      log->writer().append(std::move(batch),
                           [acked](Result<log::Offset> at) { acked->set_value(at.ok()); });
    };
    for (const Sent& message : messages) {
      const auto partition = log::partition_of(message.topic, log->partition_count());
      auto& batch =
          batches.try_emplace(partition, log::Family::kData, stream, partition).first->second;
      batch.add({.kind = message.kind,
                 .flags = message.flags,
                 .received_at = message.received_at,
                 .topic = message.topic,
                 .attributes = {},
                 .payload = message.payload});
      if (batch.record_count() < 200) continue;
      hand_over(std::move(batch));
      batches.erase(partition);
    }
    for (auto& [partition, batch] : batches)
      hand_over(std::move(batch));
    for (auto& ack : acks)
      ASSERT_TRUE(ack.get());
  }

  /// Takes all that is durable, and commits.
  Result<> drain() {
    while (true) {
      MOBILAKE_ASSIGN(const bool more, pump->take_in(std::chrono::milliseconds(0)));
      const auto due = pump->commit_due_in();
      if (!more) return pump->commit();
      if (due && due->count() == 0) MOBILAKE_TRY(pump->commit());
    }
  }

  /// Returns all rows of a table, as its files hold them.
  formats::ColumnBatch rows(const catalog::NewTable& table) {
    formats::ColumnBatch all(table.schema.fields());
    auto plan = committer.plan(table.name);
    if (!plan.ok()) return all;
    for (const catalog::PlannedFile& planned : plan->files) {
      auto bytes = objects.get(planned.file.key);
      EXPECT_TRUE(bytes.ok());
      const std::size_t before = all.row_count();
      EXPECT_TRUE(formats::append_parquet(*bytes, all).ok());
      EXPECT_EQ(static_cast<std::int64_t>(all.row_count() - before), planned.file.row_count);
    }
    return all;
  }
  formats::ColumnBatch signals(std::string_view account = "vehicle") {
    return rows(signals_table(account));
  }

  ConservationCounts counts(const std::string& account = "vehicle") {
    return std::move(load_counts(meta)).value()[account];
  }

  std::string seen_folder;
  base::SimulatedClock clock;
  base::PowerCutDisk disk;
  std::unique_ptr<Random> random;
  log::LogConfig log_config;
  PrepareConfig config;
  store::FakeMetaStore meta;
  store::FakeObjectStore objects;
  FakeCommitter committer{meta};
  ConservationLedger ledger;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<StreamPump> pump;
};

}  // namespace mobilake::prepare

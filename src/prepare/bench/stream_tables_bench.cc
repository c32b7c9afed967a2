// SPDX-License-Identifier: Apache-2.0
// How fast messages become rows. Each on one thread of its own; the log is written beforehand.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/doors.h"
#include "catalog/open_catalog.h"
#include "formats/default_mapping.h"
#include "formats/parquet_file.h"
#include "formats/telemetry_decoder.h"
#include "log/open_log.h"
#include "prepare/inside/stream_pump.h"
#include "store/meta/open_meta_store.h"
#include "store/objects/open_object_store.h"

namespace mobilake::prepare {
namespace {

using std::chrono::milliseconds;

/// Returns the `seq`th message of a vehicle, which counts on from somewhere, in the flat form of
/// the recorded fleet.
std::string payload_of(int vehicle, int seq, Timestamp begin) {
  const auto wave = [&](int period) { return (vehicle * 7 + seq) % period; };
  const auto ms = begin.time_since_epoch().count() / 1000 + seq * 1000;
  const double speed = wave(1200) / 10.0;
  return fmt::format(
      R"({{"vin":"WVWMLK{:011}","seq":{},"ts":{},"speed_kmh":{:.2f},"wheel_kmh":{{"fl":{:.2f},)"
      R"("fr":{:.2f},"rl":{:.2f},"rr":{:.2f}}},"steering_deg":{:.1f},"accel_mps2":{:.2f},)"
      R"("lat":{:.6f},"lon":{:.6f},"heading_deg":{:.1f},"odometer_km":{:.3f},"outside_c":5.0,)"
      R"("soc_pct":{:.2f}}})",
      vehicle, vehicle * 37 + seq, ms, speed, speed + 0.1, speed + 0.2, speed - 0.1, speed,
      wave(90) / 10.0 - 4, wave(30) / 100.0, 48.0 + wave(100000) / 1e6, 11.0 + wave(90000) / 1e6,
      wave(3600) / 10.0, 20000.0 + seq / 100.0, 80 - wave(5000) / 100.0);
}

struct Message {
  std::string topic;
  std::string vehicle;
  std::string payload;
};

std::vector<Message> messages(int vehicles, int count, Timestamp begin) {
  std::vector<Message> all;
  for (int i = 0; i < count; ++i) {
    const int vehicle = i % vehicles;
    const std::string vin = fmt::format("WVWMLK{:011}", vehicle);
    all.push_back(
        {fmt::format("vehicles/{}/telemetry", vin), vin, payload_of(vehicle, i / vehicles, begin)});
  }
  return all;
}

/// The real log, catalog and stores in a folder of their own.
class Lake {
 public:
  Lake() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "prepare-bench-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    log_config_.data.segment_size = {64u << 20};
    log_ = std::move(log::open_log(folder_ + "/log", log_config_, doors_)).value();
    meta_ = std::move(store::open_meta_store({.path = folder_ + "/meta/meta.db"}, doors_)).value();
    objects_ =
        std::move(store::open_local_object_store(folder_ + "/objects", doors_.disk, doors_.random))
            .value();
    catalog_ = std::move(catalog::open_catalog({}, doors_, *meta_, *objects_)).value();
  }
  ~Lake() {
    pump_.reset();
    catalog_.reset();
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  void append(const std::vector<Message>& all, Timestamp received_at) {
    std::vector<log::RecordBatch> batches;
    for (std::uint16_t p = 0; p < log_->partition_count(); ++p)
      batches.emplace_back(log::Family::kData, "vehicle", log::PartitionId(p));
    std::atomic<std::size_t> waiting{0};
    const auto hand_over = [&](log::RecordBatch& batch) {
      log::RecordBatch full(log::Family::kData, "vehicle", batch.partition());
      std::swap(full, batch);
      ++waiting;
      log_->writer().append(std::move(full), [&](Result<log::Offset>) {
        --waiting;
        waiting.notify_one();
      });
    };
    for (const Message& message : all) {
      auto& batch = batches[log::partition_of(message.vehicle, log_->partition_count()).value()];
      batch.add({.received_at = received_at,
                 .topic = message.topic,
                 .attributes = {},
                 .payload = message.payload});
      if (batch.record_count() >= 64) hand_over(batch);
      for (std::size_t now = waiting; now > 500; now = waiting)
        waiting.wait(now);
    }
    for (log::RecordBatch& batch : batches)
      if (!batch.empty()) hand_over(batch);
    for (std::size_t now = waiting; now > 0; now = waiting)
      waiting.wait(now);
  }

  StreamPump& open_pump(bool with_checkpoints) {
    pump_.reset();
    pump_ = std::move(StreamPump::open(config_,
                                       {*log_, catalog_->committer(), *objects_, *meta_,
                                        with_checkpoints ? folder_ + "/seen" : std::string()},
                                       doors_, ledger_))
                .value();
    return *pump_;
  }
  void close_pump() { pump_.reset(); }

 private:
  Doors doors_ = base::system_doors();
  std::string folder_;
  log::LogConfig log_config_;
  PrepareConfig config_;
  ConservationLedger ledger_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<store::MetaStore> meta_;
  std::unique_ptr<store::ObjectStore> objects_;
  std::unique_ptr<catalog::OpenCatalog> catalog_;
  std::unique_ptr<StreamPump> pump_;
};

/// Reads to the log's end, committing and writing checkpoints as the threads do.
void drain(StreamPump& pump) {
  while (*pump.take_in(milliseconds(0))) {
    const auto due = pump.commit_due_in();
    if (due && due->count() == 0 && !pump.commit().ok()) std::abort();
    if (pump.checkpoint_due() && !pump.checkpoint().ok()) std::abort();
  }
  if (!pump.commit().ok()) std::abort();
}

Timestamp begin_of_messages() {
  return base::system_clock().now() - std::chrono::hours(24);
}

/// Telemetry JSON in memory to sorted, typed Parquet in memory.
void BM_PayloadsToParquet(benchmark::State& state) {
  const auto all = messages(static_cast<int>(state.range(0)), 250'000, begin_of_messages());
  const Timestamp now = base::system_clock().now();
  auto decoder = std::move(formats::open_payload_decoder(formats::default_mapping())).value();
  using Signals = formats::SignalColumns;
  std::size_t size = 0;
  for (auto _ : state) {
    formats::ColumnBatch rows = decoder->new_batch();
    for (const Message& message : all)
      if (decoder->decode(message.payload, {message.vehicle, now, true}, rows)) std::abort();
    const auto sorted = rows.take(rows.sorted_by(Signals::kVehicle, Signals::kTimestamp));
    size = formats::write_parquet(sorted, {{Signals::kVehicle, Signals::kTimestamp}})->bytes.size();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
  state.counters["bytes_per_row"] = static_cast<double>(size) / static_cast<double>(all.size());
}
BENCHMARK(BM_PayloadsToParquet)->Arg(24)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// The log's records to committed rows, checkpoints included.
void BM_LogToTable(benchmark::State& state) {
  const auto all = messages(static_cast<int>(state.range(0)), 1'000'000, begin_of_messages());
  for (auto _ : state) {
    state.PauseTiming();
    Lake lake;
    lake.append(all, base::system_clock().now());
    StreamPump& pump = lake.open_pump(true);
    state.ResumeTiming();
    drain(pump);
    state.PauseTiming();
    lake.close_pump();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}
BENCHMARK(BM_LogToTable)->Arg(24)->Arg(100'000)->Unit(benchmark::kMillisecond)->Iterations(1);

/// A start that reads a million stored records again, as without a checkpoint.
void BM_StartWithoutCheckpoint(benchmark::State& state) {
  const auto all = messages(1000, 1'000'000, begin_of_messages());
  Lake lake;
  lake.append(all, base::system_clock().now());
  drain(lake.open_pump(false));
  for (auto _ : state)
    drain(lake.open_pump(false));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}
BENCHMARK(BM_StartWithoutCheckpoint)->Unit(benchmark::kMillisecond);

/// A start behind a checkpoint, as after every drain.
void BM_StartFromCheckpoint(benchmark::State& state) {
  const auto all = messages(1000, 1'000'000, begin_of_messages());
  Lake lake;
  lake.append(all, base::system_clock().now());
  StreamPump& pump = lake.open_pump(true);
  drain(pump);
  if (!pump.checkpoint().ok()) std::abort();
  for (auto _ : state)
    drain(lake.open_pump(true));
}
BENCHMARK(BM_StartFromCheckpoint)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mobilake::prepare

BENCHMARK_MAIN();

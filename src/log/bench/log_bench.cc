// SPDX-License-Identifier: Apache-2.0
// The log on the machine's disk, each job beside what the disk itself gives in the same run.
//
// log_bench --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true
// TMPDIR names the folder (and so the disk) that is measured.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <latch>
#include <memory>
#include <semaphore>
#include <string>

#include "base/doors.h"
#include "log/inside/frames/block_buffer.h"
#include "log/open_log.h"

namespace mobilake::log {
namespace {

constexpr std::uint64_t kSegmentBytes = 64 << 20;
constexpr std::uint64_t kRawBytes = 512 << 20;
constexpr std::size_t kMessageBytes = 256;

/// A folder that ends with the value.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const char* const root = std::getenv("TMPDIR");
    std::string made = std::string(root == nullptr ? "/tmp" : root) + "/log-bench-XXXXXX";
    if (::mkdtemp(made.data()) == nullptr) std::abort();
    path_ = made;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

LogConfig bench_config() {
  LogConfig config;
  config.writers = 1;
  config.data.segment_size = {kSegmentBytes};
  // Small enough that files are recycled during the run, as in a server that has been up for days.
  config.data.retain_size = {4 * kSegmentBytes};
  config.spare_segments = 4;
  return config;
}

RecordBatch batch_of(std::size_t bytes) {
  RecordBatch batch(Family::kData, "vehicle", PartitionId(7));
  const std::string payload(kMessageBytes - 20 - 24, 'p');
  RecordView record;
  record.topic = "vehicles/bench/telemetry";
  record.payload = payload;
  while (batch.bytes().size() + kMessageBytes <= bytes)
    batch.add(record);
  return batch;
}

// Appends and waits: one frame and one sync each.
void append_and_wait(Log& log, RecordBatch batch, benchmark::State& state) {
  std::latch done(1);
  log.writer().append(std::move(batch), [&](const Result<Offset>& offset) {
    if (!offset.ok()) state.SkipWithError(offset.error().message.c_str());
    done.count_down();
  });
  done.wait();
}

// Overwrites allocated blocks and syncs, through the page cache or past it: the ceiling.
void overwrite_raw_disk(benchmark::State& state, bool past_cache) {
  const TemporaryFolder folder;
  const auto bytes = static_cast<std::uint64_t>(state.range(0));
  auto file =
      std::move(base::system_disk().open(folder.path() + "/raw", OpenMode::kCreate)).value();
  const std::string zeros(1 << 20, '\0');
  for (std::uint64_t at = 0; at < kRawBytes; at += zeros.size())
    if (!file->write(at, zeros).ok()) std::abort();
  if (!file->sync().ok()) std::abort();
  if (past_cache) file->bypass_cache();
  BlockBuffer buffer;
  buffer.reset(bytes);
  std::fill_n(buffer.data(), bytes, 'p');
  const std::string_view data = buffer.bytes();
  std::uint64_t at = 0;
  for (auto _ : state) {
    if (!file->write(at, data).ok() || !file->sync().ok()) std::abort();
    at = at + 2 * bytes <= kRawBytes ? at + bytes : 0;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void raw_disk_overwrite(benchmark::State& state) {
  overwrite_raw_disk(state, false);
}
void raw_disk_direct(benchmark::State& state) {
  overwrite_raw_disk(state, true);
}

// Measures frames of `bytes`, one sync each, with a few appends in flight: while one frame syncs,
// the next is handed over.
void append_frames(Log& log, std::size_t bytes, benchmark::State& state) {
  constexpr std::ptrdiff_t kInFlight = 4;
  // With the heads it makes a frame of that size.
  const RecordBatch batch = batch_of(bytes - 100);
  std::counting_semaphore<kInFlight> free(kInFlight);
  for (auto _ : state) {
    free.acquire();
    log.writer().append(batch, [&](const Result<Offset>&) { free.release(); });
  }
  for (std::ptrdiff_t i = 0; i < kInFlight; ++i)
    free.acquire();
  if (log.refusal()) state.SkipWithError(log.refusal()->message.c_str());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

LogConfig frames_of(std::size_t bytes) {
  LogConfig config = bench_config();
  config.frame_size = {bytes};
  return config;
}

void log_append_and_sync(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto bytes = static_cast<std::size_t>(state.range(0));
  auto log = std::move(open_log(folder.path(), frames_of(bytes), base::system_doors())).value();
  // Until files are recycled, new ones are made beside the run: that is the first minutes of a
  // server's life, measured by log_fresh_files.
  const RecordBatch large = batch_of(1 << 20);
  for (std::uint64_t written = 0; written < 8 * kSegmentBytes; written += 1 << 20)
    append_and_wait(*log, large, state);
  append_frames(*log, bytes, state);
}

// As log_append_and_sync, while the log makes every file anew.
void log_fresh_files(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto bytes = static_cast<std::size_t>(state.range(0));
  LogConfig config = frames_of(bytes);
  config.data.retain_size = {16ull << 30};
  auto log = std::move(open_log(folder.path(), config, base::system_doors())).value();
  append_frames(*log, bytes, state);
}

// Many small batches in flight, as connections make them: what a turn costs beside the disk.
void log_small_batches(benchmark::State& state) {
  const TemporaryFolder folder;
  auto log = std::move(open_log(folder.path(), bench_config(), base::system_doors())).value();
  constexpr int kInFlight = 4'000;
  const RecordBatch batch = batch_of(kMessageBytes);
  for (auto _ : state) {
    std::latch done(kInFlight);
    for (int i = 0; i < kInFlight; ++i)
      log->writer().append(batch, [&](const Result<Offset>&) { done.count_down(); });
    done.wait();
  }
  state.SetItemsProcessed(kInFlight * state.iterations());
}

// Reads a log in file order, from the page cache as after a restart: sums checked, records walked.
void replay_in_file_order(benchmark::State& state) {
  const TemporaryFolder folder;
  LogConfig config = bench_config();
  config.data.retain_size = {16ull << 30};
  auto log = std::move(open_log(folder.path(), config, base::system_doors())).value();
  const RecordBatch batch = batch_of(1 << 20);
  for (int i = 0; i < 512; ++i)
    append_and_wait(*log, batch, state);
  std::int64_t bytes = 0;
  std::int64_t records = 0;
  for (auto _ : state) {
    auto reader = std::move(log->open_reader(Family::kData, {})).value();
    while (true) {
      const auto batches = reader->next(1 << 20, std::chrono::milliseconds(0));
      if (!batches.ok() || batches->empty()) break;
      for (const ReadBatch& read : *batches) {
        RecordCursor cursor(read.bytes);
        RecordView record;
        while (cursor.next(record))
          ++records;
        bytes += static_cast<std::int64_t>(read.bytes.size());
      }
    }
  }
  state.SetBytesProcessed(bytes);
  state.SetItemsProcessed(records);
}

// A million records in unsealed segments, until the log is open.
void recover_a_million_records(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const TemporaryFolder folder;
    LogConfig config = bench_config();
    config.data.segment_size = {512u << 20};
    config.data.retain_size = {16ull << 30};
    config.spare_segments = 0;
    {
      auto log = std::move(open_log(folder.path(), config, base::system_doors())).value();
      const RecordBatch batch = batch_of(1 << 20);
      for (std::uint64_t records = 0; records < 1'000'000; records += batch.record_count())
        append_and_wait(*log, batch, state);
    }
    state.ResumeTiming();
    auto log = open_log(folder.path(), config, base::system_doors());
    if (!log.ok()) std::abort();
    state.PauseTiming();
    log->reset();
    state.ResumeTiming();
  }
}

BENCHMARK(raw_disk_overwrite)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20)->UseRealTime();
BENCHMARK(raw_disk_direct)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20)->UseRealTime();
BENCHMARK(log_append_and_sync)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20)->UseRealTime();
BENCHMARK(log_fresh_files)->Arg(64 << 10)->Arg(1 << 20)->UseRealTime();
BENCHMARK(log_small_batches)->UseRealTime();
BENCHMARK(replay_in_file_order)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(recover_a_million_records)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace mobilake::log

BENCHMARK_MAIN();

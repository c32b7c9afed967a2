// SPDX-License-Identifier: Apache-2.0
// Takes the input as a segment file that an earlier process left: looks at it, recovers it, reads
// it and appends behind it. The first byte chooses whether sums are mended first, so that the bytes
// behind them are reached.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/byte_order.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/testkit/power_cut_disk.h"
#include "base/testkit/simulated_clock.h"
#include "log/inside/frames/segment_format.h"
#include "log/inside/segmented_log.h"
#include "log/inspect_log.h"

namespace {

using namespace mobilake;
using namespace mobilake::log;

constexpr std::uint16_t kPartitions = 4;
constexpr std::size_t kFileBytesMax = 256 << 10;
const std::string kSegmentPath = "/log/data/" + segment_file_name(1);

void mend_header(std::string& file, std::size_t at) {
  if (file.size() < at + kBlockBytes || !std::string_view(file).substr(at).starts_with("MBLKSEG1"))
    return;
  const auto entries = base::load_little<std::uint32_t>(file.data() + at + 36);
  const std::size_t used = kHeaderHeadBytes + kHeaderEntryBytes * std::size_t{entries % 64};
  base::store_little(file.data() + at + 36, entries % 64);
  base::store_little(file.data() + at + 48, std::uint32_t{0});
  const std::uint32_t crc = base::crc32c(std::string_view(file).substr(at, used));
  base::store_little(file.data() + at + 48, crc);
}

void mend_frame(std::string& file, std::size_t at) {
  char* const head = file.data() + at;
  if (base::load_little<std::uint32_t>(head) != kFrameMagic) return;
  const std::size_t left = file.size() - at - kFrameHeadBytes;
  const std::size_t payload =
      std::min<std::size_t>(base::load_little<std::uint32_t>(head + 4), left);
  base::store_little(head + 4, static_cast<std::uint32_t>(payload));
  base::store_little(head + 24,
                     base::crc32c(std::string_view(file).substr(at + kFrameHeadBytes, payload)));
  base::store_little(head + 28, base::crc32c({head, 28}));
}

void mend_footer(std::string& file) {
  if (file.size() < kBlockBytes) return;
  char* const trailer = file.data() + file.size() - kTrailerBytes;
  const auto size = base::load_little<std::uint32_t>(trailer + 4);
  if (base::load_little<std::uint32_t>(trailer) != kTrailerMagic || size < kBlockBytes ||
      size > file.size())
    return;
  const std::string_view body =
      std::string_view(file).substr(file.size() - size, size - kTrailerBytes);
  base::store_little(trailer + 16, base::crc32c(body));
  base::store_little(trailer + 20, base::crc32c({trailer, 20}));
}

std::string mended(std::string file) {
  mend_header(file, 0);
  mend_header(file, kBlockBytes);
  for (std::size_t at = 2 * kBlockBytes; at + kFrameHeadBytes <= file.size(); at += kBlockBytes)
    mend_frame(file, at);
  mend_footer(file);
  return file;
}

// Returns per partition the offset after the last record that a reader served.
std::map<PartitionId, std::uint64_t> read_all(SegmentedLog& log) {
  std::map<PartitionId, std::uint64_t> next;
  const auto reader = log.open_reader(Family::kData, {});
  while (true) {
    const auto batches = (*reader)->next(4096, std::chrono::milliseconds(0));
    MOBILAKE_CHECK(batches.ok());
    if (batches->empty()) return next;
    for (const ReadBatch& batch : *batches) {
      // Order, whatever the file says.
      MOBILAKE_CHECK(batch.first.value() >= next[batch.partition] && batch.record_count > 0);
      next[batch.partition] = batch.first.value() + batch.record_count;
      RecordCursor records(batch.bytes);
      RecordView record;
      std::size_t bytes = 0;
      while (records.next(record))
        bytes += record.topic.size() + record.attributes.size() + record.payload.size();
      MOBILAKE_CHECK(bytes <= batch.bytes.size());
    }
  }
}

// Returns whether the file has a footer that fits.
bool look(Disk& disk, const std::string& file) {
  const auto inspection = LogInspection::open("/log", disk);
  MOBILAKE_CHECK(inspection.ok());
  const auto verdict = (*inspection)->verify();
  MOBILAKE_CHECK(verdict.ok() && verdict->segments == 1);
  for (std::uint16_t p = 0; p < kPartitions; ++p)
    MOBILAKE_CHECK((*inspection)->records({Family::kData, PartitionId(p), Offset(0), 10}).ok());
  MOBILAKE_CHECK(*disk.read_file(kSegmentPath) == file);
  const auto& segments = (*inspection)->segments();
  return !segments.empty() && segments.front().sealed;
}

void live(base::PowerCutDisk& disk, bool sealed) {
  base::SimulatedClock clock;
  const auto random = base::seeded_random(1);
  LogConfig config;
  config.partitions = kPartitions;
  config.writers = 1;
  config.spare_segments = 0;
  config.data.segment_size = config.system.segment_size = {64u << 10};
  const auto open = [&] {
    auto log = SegmentedLog::open("/log", config, {clock, disk, *random}, {},
                                  SegmentedLog::Threads::kNone);
    MOBILAKE_CHECK(log.ok());
    return std::move(log).value();
  };
  std::map<PartitionId, std::uint64_t> served;
  {
    const auto log = open();
    served = read_all(*log);
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      RecordBatch batch(Family::kData, "s", PartitionId(p));
      batch.add({});
      log->append(std::move(batch), [&](Result<Offset> offset) {
        // Never an offset that somebody has seen, unless a footer with the right sum lies; refused
        // where damage hides it.
        MOBILAKE_CHECK(sealed || !offset.ok() || offset->value() >= served[PartitionId(p)]);
      });
      log->run_turns();
    }
    log->housekeep();
  }
  // What recovery wrote is read again as it was.
  const auto again = read_all(*open());
  for (const auto& [partition, next] : served)
    MOBILAKE_CHECK(next == 0 || (again.contains(partition) && again.at(partition) >= next));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kFileBytesMax) return 0;
  std::string file(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 1) file = mended(std::move(file));
  base::PowerCutDisk disk;
  MOBILAKE_CHECK(disk.make_directories("/log/data").ok());
  MOBILAKE_CHECK(disk.replace_file("/log/identity", "mobilake log 1\npartitions 4\n").ok());
  MOBILAKE_CHECK(disk.replace_file(kSegmentPath, file).ok());
  const bool sealed = look(disk, file);
  live(disk, sealed);
  return 0;
}

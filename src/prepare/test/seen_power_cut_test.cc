// SPDX-License-Identifier: Apache-2.0
// What was seen rests in files of RocksDB, which a power cut may tear: whatever of them is lost
// since their last sync, the positions in them are never ahead of the blocks, and the tables stay
// exact.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "base/testkit/power_cut_disk.h"
#include "base/testkit/simulated_clock.h"
#include "prepare/inside/intake/seen_store.h"
#include "prepare/test/durable_lake.h"
#include "prepare/test/temporary_folder.h"

namespace mobilake::prepare {
namespace {

using base::PowerCutDisk;
using Files = std::map<std::string, std::string>;

constexpr std::size_t kBlockBytes = PowerCutDisk::kBlockBytes;

/// Returns what the operating system would show of the folder now, synced or not.
Files files_of(const std::string& folder) {
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == "LOCK") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return files;
}

void put_files(const std::string& folder, const Files& files) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [name, bytes] : files)
    std::ofstream(std::filesystem::path(folder) / name, std::ios::binary) << bytes;
}

/// Returns a file as a cut may leave it that was `synced` and then grew to `written`: each block
/// behind the synced bytes old (zeros) or new, the end anywhere.
std::string torn(std::string_view synced, const std::string& written, Random& random) {
  std::string left = written;
  const std::size_t keep = std::min(synced.size(), written.size());
  left.resize(keep + random.below(written.size() - keep + 1));
  for (std::size_t at = keep; at < left.size(); at += kBlockBytes - at % kBlockBytes)
    if (random.below(4) == 0)
      left.replace(at, std::min(kBlockBytes - at % kBlockBytes, left.size() - at),
                   std::min(kBlockBytes - at % kBlockBytes, left.size() - at), '\0');
  return left;
}

/// Returns the folder after a cut. Files made since the sync may be whole, torn or missing.
Files cut(const Files& synced, const Files& written, Random& random) {
  Files left;
  for (const auto& [name, bytes] : written) {
    const auto before = synced.find(name);
    if (before != synced.end())
      left[name] = torn(before->second, bytes, random);
    else if (random.below(2) == 0)
      left[name] = random.below(2) == 0 ? bytes : torn({}, bytes, random);
  }
  // A removal that was not synced may not have happened.
  for (const auto& [name, bytes] : synced)
    if (!written.contains(name) && random.below(2) == 0) left[name] = bytes;
  return left;
}

class SeenPowerCutTest : public testing::Test {
 protected:
  using Kind = SeenBlockId::Kind;

  static SeenBlock full_block(Random& random) {
    SeenBlock block;
    for (std::uint64_t& hash : block.hashes)
      hash = random.next() | 1;
    return block;
  }
  static SeenBlockId id_of(std::int64_t number) {
    return {"vehicle", number < 250 ? "A" : "BB", Kind::kSequence, number};
  }
  std::unique_ptr<SeenStore> open() {
    auto store = open_seen_store(folder_.path(), clock_, std::chrono::hours(24));
    EXPECT_TRUE(store.ok()) << store.error().to_string();
    return *std::move(store);
  }

  const TemporaryFolder folder_;
  base::SimulatedClock clock_;
};

TEST_F(SeenPowerCutTest, AFinishedCheckpointIsWholeWhateverIsLostAfterIt) {
  const auto random = base::seeded_random(1);
  const log::Positions positions{{log::PartitionId(1), log::Offset(4)}};
  std::map<std::int64_t, decltype(SeenBlock::hashes)> finished;
  Files synced;
  Files written;
  {
    auto store = open();
    ASSERT_TRUE(store->begin().ok());
    for (std::int64_t number = 0; number < 500; ++number) {
      const SeenBlock block = full_block(*random);
      finished[number] = block.hashes;
      ASSERT_TRUE(store->write(id_of(number), block).ok());
    }
    ASSERT_TRUE(store->finish(positions).ok());
    synced = files_of(folder_.path());
    // Some of it reaches the files, and none of it is synced.
    ASSERT_TRUE(store->begin().ok());
    for (std::int64_t number = 500; number < 20'500; ++number)
      ASSERT_TRUE(store->write(id_of(number), full_block(*random)).ok());
    written = files_of(folder_.path());
  }
  std::size_t differing = 0;
  for (const auto& [name, bytes] : written)
    differing += synced[name] != bytes ? bytes.size() : 0;
  ASSERT_GT(differing, 4u << 20) << "nothing was written that a cut could lose";
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE(round);
    put_files(folder_.path(), cut(synced, written, *random));
    auto store = open();
    ASSERT_EQ(store->positions(), positions);
    for (const auto& [number, hashes] : finished) {
      SeenBlock block;
      ASSERT_TRUE(store->load(id_of(number), block).ok());
      ASSERT_EQ(block.hashes, hashes);
    }
  }
}

TEST_F(SeenPowerCutTest, NothingIsDoubledOrLostWhateverIsLostOfWhatWasSeen) {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    SCOPED_TRACE(seed);
    const auto random = base::seeded_random(seed);
    std::filesystem::remove_all(folder_.path());
    PowerCutDisk disk;
    DurableLake lake(disk, disk, seed + 1'000'000, folder_.path());
    ASSERT_TRUE(lake.open(2).ok());
    Files synced = files_of(folder_.path());
    for (int round = 0; round < 3; ++round) {
      for (int step = 0; step < 6; ++step) {
        lake.send();
        ASSERT_TRUE(lake.drain().ok());
        if (random->below(2) == 0) continue;
        ASSERT_TRUE(lake.pump().checkpoint().ok());
        if (random->below(3) > 0) synced = files_of(folder_.path());
      }
      const Files written = files_of(folder_.path());
      lake.close();
      disk.cut(*random);
      put_files(folder_.path(), random->below(8) == 0 ? Files{} : cut(synced, written, *random));
      ASSERT_TRUE(lake.open(1 + random->below(3)).ok());
      synced = files_of(folder_.path());
    }
    lake.send();
    ASSERT_TRUE(lake.drain().ok());
    lake.check();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace mobilake::prepare

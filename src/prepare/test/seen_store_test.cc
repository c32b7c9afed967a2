// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_store.h"

#include <gtest/gtest.h>

#include "base/testkit/simulated_clock.h"
#include "prepare/inside/intake/seen_format.h"
#include "prepare/test/temporary_folder.h"

namespace mobilake::prepare {
namespace {

using Kind = SeenBlockId::Kind;

class SeenStoreTest : public testing::Test {
 protected:
  void open() {
    store_.reset();
    store_ = std::move(open_seen_store(folder_.path(), clock_, std::chrono::hours(24))).value();
  }

  static SeenBlock block_with(std::size_t place, std::uint64_t hash, std::int64_t newest_s) {
    SeenBlock block;
    block.hashes[place] = hash;
    block.newest_s = newest_s;
    return block;
  }
  struct Entry {
    SeenBlockId id;
    SeenBlock block;
  };
  /// One checkpoint.
  template <typename... Entries>
  void write(const log::Positions& positions, const Entries&... entries) {
    ASSERT_TRUE(store_->begin().ok());
    for (const Entry* entry : {&entries...})
      ASSERT_TRUE(store_->write(entry->id, entry->block).ok());
    ASSERT_TRUE(store_->finish(positions).ok());
  }
  SeenBlock load(const SeenBlockId& id) {
    SeenBlock block;
    EXPECT_TRUE(store_->load(id, block).ok());
    return block;
  }
  std::optional<std::int64_t> newest(const SeenBlockId& id) {
    SeenBlock block;
    const auto any = store_->load_newest(id, block);
    EXPECT_TRUE(any.ok());
    return *any ? std::optional(block.number) : std::nullopt;
  }

  const TemporaryFolder folder_;
  base::SimulatedClock clock_;
  std::unique_ptr<SeenStore> store_;
};

const log::Positions kPositions{{log::PartitionId(1), log::Offset(4)}};

TEST_F(SeenStoreTest, KeepsBlocksAndPositionsAcrossAReopen) {
  open();
  const SeenBlockId id{"vehicle", "A", Kind::kSequence, 7};
  const SeenBlockId by_time{"vehicle", "A", Kind::kTime, -7};
  Entry first{id, block_with(3, 11, 4)};
  write({}, first);
  Entry second{id, block_with(3, 11, 5)};
  second.block.hashes[20] = 12;
  second.block.insert_more(99);
  Entry third{by_time, {}};
  third.block.insert_more(98);
  const log::Positions positions{{log::PartitionId(0), log::Offset(4)},
                                 {log::PartitionId(63), log::Offset(1ULL << 40)}};
  write(positions, second, third);
  open();
  EXPECT_EQ(store_->positions(), positions);
  SeenBlock block = load(id);
  EXPECT_EQ(block.number, 7);
  EXPECT_EQ(block.hashes, second.block.hashes);
  EXPECT_FALSE(block.insert_more(99));
  EXPECT_EQ(block.newest_s, 5);
  EXPECT_FALSE(load(by_time).insert_more(98));
  EXPECT_EQ(load(by_time).hashes, SeenBlock{}.hashes);
}

TEST_F(SeenStoreTest, FindsTheNewestBlockOfExactlyThatVehicle) {
  open();
  const auto of_a = [](std::int64_t number) {
    return Entry{{"vehicle", "A", Kind::kSequence, number}, block_with(0, 1, 0)};
  };
  write({}, of_a(-5), of_a(0), of_a(3), of_a(1L << 50),
        Entry{{"vehicle", "AB", Kind::kSequence, -9}, block_with(0, 1, 0)});
  EXPECT_EQ(newest({"vehicle", "A", Kind::kSequence, 0}), 1L << 50);
  EXPECT_EQ(newest({"vehicle", "AB", Kind::kSequence, 0}), -9);
  EXPECT_EQ(newest({"vehicle", "A", Kind::kTime, 0}), std::nullopt);
  EXPECT_EQ(newest({"vehicle", "B", Kind::kSequence, 0}), std::nullopt);
  EXPECT_EQ(newest({"vehicl", "A", Kind::kSequence, 0}), std::nullopt);
}

TEST_F(SeenStoreTest, HasNothingOfACheckpointThatWasNotFinished) {
  open();
  const SeenBlockId id{"vehicle", "A", Kind::kSequence, 1};
  write(kPositions, Entry{id, block_with(0, 1, 0)});
  ASSERT_TRUE(store_->begin().ok());
  ASSERT_TRUE(store_->write(id, block_with(0, 2, 0)).ok());
  EXPECT_EQ(load(id).hashes[0], 1u);
  // Begun anew, it may go back to where the first one began.
  write(kPositions, Entry{id, block_with(0, 3, 0)});
  EXPECT_EQ(load(id).hashes[0], 3u);
}

TEST_F(SeenStoreTest, NeverWritesIntoAFileThatTheDatabaseHas) {
  open();
  const SeenBlockId id{"vehicle", "A", Kind::kSequence, 1};
  write(kPositions, Entry{id, block_with(0, 1, 0)});
  store_.reset();
  // As a kill leaves it between taking the file in and removing its first name.
  folder_.link(".sst", "next.sst");
  open();
  ASSERT_TRUE(store_->begin().ok());
  for (std::int64_t number = 0; number < 100; ++number)
    ASSERT_TRUE(store_->write({"other", "A", Kind::kSequence, number}, block_with(0, 9, 0)).ok());
  open();
  EXPECT_EQ(store_->positions(), kPositions);
  EXPECT_EQ(load(id).hashes[0], 1u);
}

TEST_F(SeenStoreTest, LetsGoOfWhatIsBeyondTheHorizon) {
  open();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch();
  const SeenBlockId old{"vehicle", "A", Kind::kSequence, 1};
  const SeenBlockId fresh{"vehicle", "A", Kind::kSequence, 2};
  write(kPositions, Entry{old, block_with(0, 1, now.count() - 24 * 3600 - 1)},
        Entry{fresh, block_with(0, 1, now.count() - 24 * 3600 + 1)},
        Entry{{"vehicle", "A", Kind::kSequence, 3}, block_with(0, 1, now.count())});
  EXPECT_EQ(load(old).hashes[0], 1u);
  ASSERT_TRUE(store_->drop_beyond_horizon().ok());
  EXPECT_EQ(load(old).hashes[0], 0u);
  EXPECT_EQ(load(fresh).hashes[0], 1u);
  open();
  EXPECT_EQ(store_->positions(), kPositions);
}

TEST_F(SeenStoreTest, ForgetsNothingOfALogThatIsReadLate) {
  open();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch();
  const SeenBlockId id{"vehicle", "A", Kind::kSequence, 1};
  write(kPositions, Entry{id, block_with(0, 1, now.count() - 10 * 24 * 3600)});
  ASSERT_TRUE(store_->drop_beyond_horizon().ok());
  EXPECT_EQ(load(id).hashes[0], 1u);
}

TEST_F(SeenStoreTest, WritesAgainAfterItsFilesFailed) {
  open();
  const SeenBlockId id{"vehicle", "A", Kind::kSequence, 1};
  for (const std::int64_t number : {1L, 2L, 3L})
    write(kPositions, Entry{{"vehicle", "A", Kind::kSequence, number}, block_with(0, 1, 0)});
  folder_.flip_bytes(".sst");
  const Result<> compacted = store_->drop_beyond_horizon();
  ASSERT_FALSE(compacted.ok());
  EXPECT_EQ(compacted.error().code, Code::kCorrupt);
  // What is damaged is thrown away by whom it concerns, who hears why.
  ASSERT_TRUE(store_->clear("a test").ok());
  EXPECT_EQ(store_->take_loss(), "a test");
  EXPECT_EQ(store_->take_loss(), std::nullopt);
  write(kPositions, Entry{id, block_with(0, 7, 0)});
  EXPECT_EQ(load(id).hashes[0], 7u);
}

TEST_F(SeenStoreTest, BeginsAnewWhereTheFilesAreDamaged) {
  open();
  const SeenBlockId id{"vehicle", "A", Kind::kSequence, 1};
  write(kPositions, Entry{id, block_with(0, 1, 0)});
  store_.reset();
  folder_.damage();
  open();
  EXPECT_TRUE(store_->positions().empty());
  EXPECT_TRUE(store_->take_loss());
  EXPECT_EQ(load(id).hashes[0], 0u);
}

TEST(SeenFormatTest, KeysAreInTheOrderOfNamesAndNumbers) {
  std::string before;
  std::string key;
  for (const SeenBlockId& id :
       {SeenBlockId{"b", "B", Kind::kTime, 9}, SeenBlockId{"aa", "B", Kind::kSequence, -2},
        SeenBlockId{"aa", "B", Kind::kSequence, 1}, SeenBlockId{"aa", "B", Kind::kTime, -3},
        SeenBlockId{"aa", "C", Kind::kSequence, -3}, SeenBlockId{"aa", "AA", Kind::kSequence, -3},
        SeenBlockId{"aa", "AB", Kind::kSequence, -3}}) {
    print_seen_key(id, key);
    EXPECT_LT(before, key) << id.account << ' ' << id.vehicle << ' ' << id.number;
    before = key;
  }
  EXPECT_LT(key, kSeenPositionsKey);
}

TEST(SeenFormatTest, RefusesDamagedValues) {
  SeenBlock block;
  EXPECT_FALSE(parse_seen_block("", Kind::kSequence, block).ok());
  EXPECT_FALSE(parse_seen_block("1234567", Kind::kSequence, block).ok());
  EXPECT_FALSE(parse_seen_block(std::string(20, 'x'), Kind::kSequence, block).ok());
  EXPECT_TRUE(parse_seen_block(std::string(8 * 34, 'x'), Kind::kSequence, block).ok());
  EXPECT_TRUE(parse_seen_block(std::string(8 * 34, 'x'), Kind::kTime, block).ok());
  EXPECT_FALSE(parse_seen_positions("seen-messages 1\n").ok());
  EXPECT_FALSE(parse_seen_positions("seen-messages 2").ok());
  EXPECT_FALSE(parse_seen_positions("seen-messages 2\n0 5").ok());
  EXPECT_FALSE(parse_seen_positions("seen-messages 2\n70000 5\n").ok());
  EXPECT_EQ(parse_seen_positions("seen-messages 2\n3 5\n")->at(log::PartitionId(3)),
            log::Offset(5));
}

}  // namespace
}  // namespace mobilake::prepare

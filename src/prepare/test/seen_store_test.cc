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
    block.hashes.resize(place + 1);
    block.hashes[place] = hash;
    block.mark(place / SeenBlock::kSequencesPerPart);
    block.newest_s = newest_s;
    return block;
  }
  SeenBlock load(const SeenBlockId& id) {
    SeenBlock block;
    EXPECT_TRUE(store_->load(id, block).ok());
    return block;
  }

  const TemporaryFolder folder_;
  base::SimulatedClock clock_;
  std::unique_ptr<SeenStore> store_;
};

TEST_F(SeenStoreTest, KeepsPartsAndPositionsAcrossAReopen) {
  open();
  const SeenBlockId id{"vehicle", "A", Kind::kSequence, 7};
  ASSERT_TRUE(store_->write(id, block_with(3, 11, 0)).ok());
  SeenBlock more = block_with(200, 12, 5);
  more.more.insert(99);
  more.mark(SeenBlock::kMorePart);
  ASSERT_TRUE(store_->write(id, more).ok());
  const log::Positions positions{{log::PartitionId(0), log::Offset(4)},
                                 {log::PartitionId(63), log::Offset(1ULL << 40)}};
  ASSERT_TRUE(store_->finish(positions).ok());
  open();
  EXPECT_EQ(store_->positions(), positions);
  SeenBlock block = load(id);
  ASSERT_EQ(block.hashes.size(), 201u);
  EXPECT_EQ(block.hashes[3], 11u);
  EXPECT_EQ(block.hashes[200], 12u);
  EXPECT_EQ(block.hashes[4], 0u);
  EXPECT_FALSE(block.more.insert(99));
  EXPECT_EQ(block.newest_s, 5);
}

TEST_F(SeenStoreTest, FindsTheNewestNumberOfExactlyThatVehicle) {
  open();
  for (const std::int64_t number : {-5L, 0L, 3L, 1L << 50})
    ASSERT_TRUE(store_->write({"vehicle", "A", Kind::kSequence, number}, block_with(0, 1, 0)).ok());
  ASSERT_TRUE(store_->write({"vehicle", "AB", Kind::kSequence, -9}, block_with(0, 1, 0)).ok());
  ASSERT_TRUE(store_->finish({}).ok());
  EXPECT_EQ(*store_->newest_number({"vehicle", "A", Kind::kSequence, 0}), 1L << 50);
  EXPECT_EQ(*store_->newest_number({"vehicle", "AB", Kind::kSequence, 0}), -9);
  EXPECT_EQ(*store_->newest_number({"vehicle", "A", Kind::kTime, 0}), std::nullopt);
  EXPECT_EQ(*store_->newest_number({"vehicle", "B", Kind::kSequence, 0}), std::nullopt);
  EXPECT_EQ(*store_->newest_number({"vehicl", "A", Kind::kSequence, 0}), std::nullopt);
}

TEST_F(SeenStoreTest, LetsGoOfWhatIsBeyondTheHorizon) {
  open();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch();
  const SeenBlockId old{"vehicle", "A", Kind::kSequence, 1};
  const SeenBlockId fresh{"vehicle", "A", Kind::kSequence, 2};
  ASSERT_TRUE(store_->write(old, block_with(0, 1, now.count() - 24 * 3600 - 1)).ok());
  ASSERT_TRUE(store_->write(fresh, block_with(0, 1, now.count() - 24 * 3600 + 1)).ok());
  const log::Positions positions{{log::PartitionId(1), log::Offset(4)}};
  ASSERT_TRUE(store_->finish(positions).ok());
  ASSERT_TRUE(store_->drop_beyond_horizon().ok());
  EXPECT_TRUE(load(old).hashes.empty());
  EXPECT_FALSE(load(fresh).hashes.empty());
  open();
  EXPECT_EQ(store_->positions(), positions);
}

TEST_F(SeenStoreTest, BeginsAnewWhereTheFilesAreDamaged) {
  open();
  ASSERT_TRUE(store_->write({"vehicle", "A", Kind::kSequence, 1}, block_with(0, 1, 0)).ok());
  ASSERT_TRUE(store_->finish({{log::PartitionId(1), log::Offset(4)}}).ok());
  store_.reset();
  folder_.damage();
  open();
  EXPECT_TRUE(store_->positions().empty());
  EXPECT_TRUE(load({"vehicle", "A", Kind::kSequence, 1}).hashes.empty());
}

TEST(SeenFormatTest, RefusesDamagedValues) {
  SeenBlock block;
  EXPECT_FALSE(parse_seen_part("", 0, block).ok());
  EXPECT_FALSE(parse_seen_part("1234567", 0, block).ok());
  EXPECT_FALSE(parse_seen_part(std::string(8 * 34, 'x'), 0, block).ok());
  EXPECT_TRUE(parse_seen_part(std::string(8 * 33, 'x'), 0, block).ok());
  EXPECT_TRUE(parse_seen_part(std::string(8 * 34, 'x'), SeenBlock::kMorePart, block).ok());
  EXPECT_FALSE(parse_seen_positions("seen-messages 2\n").ok());
  EXPECT_FALSE(parse_seen_positions("seen-messages 1").ok());
  EXPECT_FALSE(parse_seen_positions("seen-messages 1\n0 5").ok());
  EXPECT_FALSE(parse_seen_positions("seen-messages 1\n70000 5\n").ok());
  EXPECT_EQ(parse_seen_positions("seen-messages 1\n3 5\n")->at(log::PartitionId(3)),
            log::Offset(5));
}

}  // namespace
}  // namespace mobilake::prepare

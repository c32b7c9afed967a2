// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/segment_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/testkit/fault_disk.h"
#include "base/testkit/power_cut_disk.h"
#include "base/testkit/simulated_clock.h"

namespace mobilake::log {
namespace {

constexpr std::uint64_t kSegment = 64 << 10;

class SegmentPoolTest : public testing::Test {
 protected:
  SegmentPoolTest() { EXPECT_TRUE(memory_.make_directories("/pool").ok()); }

  base::SimulatedClock clock_;
  base::PowerCutDisk memory_;
  base::FaultDisk disk_{memory_};
  std::unique_ptr<Random> random_ = base::seeded_random(1);
  DiskBudget budget_{4 * kSegment};
  SegmentPool pool_{{"/pool", kSegment, 2}, {clock_, disk_, *random_}, budget_, [] {
                      return std::string(", since a test holds it");
                    }};
};

TEST_F(SegmentPoolTest, MakesFilesOfTheirFullSize) {
  ASSERT_TRUE(pool_.refill().ok());
  EXPECT_EQ(memory_.list("/pool")->size(), 2u);
  auto spare = pool_.take();
  ASSERT_TRUE(spare.ok());
  EXPECT_EQ(*spare->file->size(), kSegment);
}

TEST_F(SegmentPoolTest, AdoptsSparesOfTheRightSizeAndRemovesOthers) {
  ASSERT_TRUE(memory_.replace_file("/pool/spare-7", std::string(kSegment, '\0')).ok());
  ASSERT_TRUE(memory_.replace_file("/pool/spare-8", "short").ok());
  ASSERT_TRUE(pool_.adopt("spare-7").ok());
  ASSERT_TRUE(pool_.adopt("spare-8").ok());
  EXPECT_EQ(pool_.take()->path, "/pool/spare-7");
  EXPECT_FALSE(*memory_.exists("/pool/spare-8"));
  EXPECT_EQ(pool_.take()->path, "/pool/spare-9") << "a name is not given twice";
}

TEST_F(SegmentPoolTest, BudgetThatIsUsedUpSaysWhoHoldsIt) {
  std::vector<SpareSegment> taken;
  for (int i = 0; i < 4; ++i)
    taken.push_back(std::move(pool_.take()).value());
  const auto refused = pool_.take();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kExhausted);
  EXPECT_NE(refused.error().message.find("since a test holds it"), std::string::npos);
  ASSERT_TRUE(pool_.recycle(taken.back().path, kSegment).ok());
  EXPECT_FALSE(pool_.refusal().has_value());
  EXPECT_TRUE(pool_.take().ok());
}

TEST_F(SegmentPoolTest, FullDiskIsAskedBeforeItIsWritten) {
  disk_.set_free_bytes(kSegment - 1);
  EXPECT_EQ(pool_.take().error().code, Code::kExhausted);
  EXPECT_EQ(disk_.calls(base::DiskCall::kWrite), 0u);
  EXPECT_TRUE(memory_.list("/pool")->empty());
  // No second try before the pause is over.
  disk_.heal();
  EXPECT_FALSE(pool_.take().ok());
  clock_.advance(SegmentPool::kRetrySpan);
  EXPECT_TRUE(pool_.take().ok());
}

TEST_F(SegmentPoolTest, ConcurrentTakerWaitsForTheMakerAndWritesNoZerosItself) {
  std::promise<void> wanted;
  std::atomic<bool> asked{false};
  pool_.serve_with([&] {
    if (!asked.exchange(true)) wanted.set_value();
  });
  auto taken = std::async(std::launch::async, [&] { return pool_.take().ok(); });
  wanted.get_future().get();
  EXPECT_EQ(disk_.calls(base::DiskCall::kWrite), 0u);
  ASSERT_TRUE(pool_.refill().ok());
  EXPECT_TRUE(taken.get());
}

TEST_F(SegmentPoolTest, ConcurrentTakerHearsThatTheMakerFailed) {
  std::promise<void> wanted;
  std::atomic<bool> asked{false};
  pool_.serve_with([&] {
    if (!asked.exchange(true)) wanted.set_value();
  });
  disk_.set_free_bytes(0);
  auto taken = std::async(std::launch::async, [&] { return pool_.take().error().code; });
  wanted.get_future().get();
  // The taker may not wait yet; it is counted before it asks, so this try is for it.
  EXPECT_FALSE(pool_.refill().ok());
  EXPECT_EQ(taken.get(), Code::kExhausted);
}

TEST_F(SegmentPoolTest, ConcurrentTakerGoesOnAloneWhenTheMakerEnds) {
  std::promise<void> wanted;
  std::atomic<bool> asked{false};
  pool_.serve_with([&] {
    if (!asked.exchange(true)) wanted.set_value();
  });
  auto taken = std::async(std::launch::async, [&] { return pool_.take().ok(); });
  wanted.get_future().get();
  pool_.serve_with({});
  EXPECT_TRUE(taken.get());
}

}  // namespace
}  // namespace mobilake::log

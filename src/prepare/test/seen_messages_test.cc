// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_messages.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "base/testkit/simulated_clock.h"
#include "prepare/inside/intake/message_hash.h"
#include "prepare/test/temporary_folder.h"

namespace mobilake::prepare {
namespace {

/// Compares with a set of all messages; `pause` runs now and then in between.
void compare_with_set(SeenMessages& seen, const std::function<void(int)>& pause) {
  const auto random = base::seeded_random(3);
  std::set<std::tuple<std::string, std::optional<std::int64_t>, std::int64_t, std::uint64_t>> all;
  std::set<std::pair<std::string, std::int64_t>> sequences;
  std::uint32_t dictionary = 0;
  // The store lets go of what arrived longer ago than the horizon.
  const Timestamp now = base::SimulatedClock{}.now();
  for (int i = 0; i < 50'000; ++i) {
    pause(i);
    const auto number = static_cast<std::uint32_t>(random->below(5));
    const std::string vehicle = "V" + std::to_string(number);
    // Now and then the dictionary of the rows begins anew and gives other codes.
    if (random->below(1000) == 0) {
      seen.forget_codes();
      ++dictionary;
    }
    const std::uint32_t code =
        random->below(4) == 0 ? SeenMessages::kNoCode : (number + dictionary) % 5;
    std::optional<std::int64_t> sequence;
    // Negative ones, and far ones, are sequences as well.
    if (random->below(4) != 0) sequence = static_cast<std::int64_t>(random->below(2000)) - 500;
    if (sequence && random->below(10) == 0) *sequence <<= 40;
    const auto time = static_cast<std::int64_t>(random->below(1000)) * 1'000'000 - 100'000'000;
    const std::uint64_t hash = 1 + random->below(3);
    const bool used = sequence && !sequences.emplace(vehicle, *sequence).second;
    // The hash covers the time, so two messages with a sequence differ by hash alone.
    const bool fresh =
        all.emplace(vehicle, sequence, sequence ? 0 : time / 256'000'000, hash).second;
    const Novelty expected = !fresh ? Novelty::kDuplicate
                             : used ? Novelty::kSequenceReused
                                    : Novelty::kNew;
    ASSERT_EQ(*seen.add({vehicle, sequence, time, hash, now, code}), expected) << i;
  }
}

/// One checkpoint.
void write(SeenMessages& seen, SeenStore& store) {
  ASSERT_TRUE(store.begin().ok());
  ASSERT_TRUE(seen.write_changes().ok());
  ASSERT_TRUE(store.finish({}).ok());
  seen.mark_written();
}

TEST(SeenMessagesTest, AgreesWithASetOfAllMessages) {
  SeenMessages seen("vehicle", nullptr);
  compare_with_set(seen, [](int) {});
}

TEST(SeenMessagesTest, AgreesWithASetWhenBlocksLeaveTheMemory) {
  const TemporaryFolder folder;
  const base::SimulatedClock clock;
  auto store = std::move(open_seen_store(folder.path(), clock, std::chrono::hours(1))).value();
  SeenMessages seen("vehicle", store.get());
  // Blocks of another account have the same names.
  SeenMessages other("other", store.get());
  ASSERT_TRUE(other.add({"V1", 3, 0, 9}).ok());
  ASSERT_TRUE(store->begin().ok());
  ASSERT_TRUE(other.write_changes().ok());
  ASSERT_TRUE(store->finish({}).ok());
  compare_with_set(seen, [&](int i) {
    if (i % 1000 != 999) return;
    write(seen, *store);
    seen.release(static_cast<SeenMessages::Release>(i / 1000 % 3));
  });
}

TEST(SeenMessagesTest, ReleasesTheMemoryOfWrittenBlocks) {
  const TemporaryFolder folder;
  const base::SimulatedClock clock;
  auto store = std::move(open_seen_store(folder.path(), clock, std::chrono::hours(1))).value();
  SeenMessages seen("vehicle", store.get());
  for (std::int64_t i = 0; i < 10'000; ++i)
    ASSERT_TRUE(seen.add({"V", i, 0, static_cast<std::uint64_t>(i + 1)}).ok());
  write(seen, *store);
  const std::size_t all = seen.memory_bytes();
  seen.release(SeenMessages::Release::kOlderBlocks);
  EXPECT_LT(seen.memory_bytes(), all / 10);
  EXPECT_EQ(*seen.add({"V", 17, 0, 18}), Novelty::kDuplicate);
  EXPECT_EQ(*seen.add({"V", 17, 0, 19}), Novelty::kSequenceReused);
  // What changed again is not released by mistake, for it is written first.
  write(seen, *store);
  seen.release(SeenMessages::Release::kAll);
  EXPECT_EQ(seen.memory_bytes(), 0u);
  EXPECT_EQ(*seen.add({"V", 17, 0, 19}), Novelty::kDuplicate);
}

TEST(SeenMessagesTest, ReleasesIdleVehiclesBeforeThoseThatSend) {
  const TemporaryFolder folder;
  const base::SimulatedClock clock;
  auto store = std::move(open_seen_store(folder.path(), clock, std::chrono::hours(1))).value();
  SeenMessages seen("vehicle", store.get());
  for (int vehicle = 0; vehicle < 100; ++vehicle)
    ASSERT_TRUE(seen.add({"V" + std::to_string(vehicle), 1, 0, 5}).ok());
  write(seen, *store);
  const std::size_t all = seen.memory_bytes();
  seen.release(SeenMessages::Release::kIdleVehicles);
  EXPECT_EQ(seen.memory_bytes(), all) << "the last checkpoint had all of them";
  ASSERT_TRUE(seen.add({"V7", 2, 0, 6}).ok());
  write(seen, *store);
  seen.release(SeenMessages::Release::kIdleVehicles);
  EXPECT_LT(seen.memory_bytes(), all / 90);
  EXPECT_GT(seen.memory_bytes(), 0u);
  EXPECT_EQ(*seen.add({"V8", 1, 0, 5}), Novelty::kDuplicate);
  EXPECT_EQ(*seen.add({"V7", 2, 0, 6}), Novelty::kDuplicate);
}

TEST(SeenMessagesTest, TakesElevenBytesAMessageAtMost) {
  SeenMessages seen("vehicle", nullptr);
  constexpr std::size_t kMessages = 100'000;
  for (std::size_t i = 0; i < kMessages; ++i)
    ASSERT_TRUE(seen.add({"V", static_cast<std::int64_t>(i), 0, i + 1}).ok());
  EXPECT_LT(seen.memory_bytes(), 11 * kMessages);
  EXPECT_GE(seen.memory_bytes(), 8 * kMessages);
}

TEST(SeenMessagesTest, TakesAFewHundredBytesAVehicleThatSends) {
  const TemporaryFolder folder;
  const base::SimulatedClock clock;
  auto store = std::move(open_seen_store(folder.path(), clock, std::chrono::hours(1))).value();
  SeenMessages seen("vehicle", store.get());
  constexpr std::int64_t kVehicles = 1000;
  // Each is somewhere in its life.
  for (std::int64_t vehicle = 0; vehicle < kVehicles; ++vehicle)
    for (std::int64_t i = 0; i < 50; ++i)
      ASSERT_TRUE(
          seen.add({"V" + std::to_string(vehicle), vehicle * 37 + i, 0, 5, clock.now()}).ok());
  write(seen, *store);
  seen.release(SeenMessages::Release::kOlderBlocks);
  EXPECT_LT(seen.memory_bytes(), 450 * kVehicles);
  EXPECT_EQ(*seen.add({"V7", 7 * 37, 0, 5}), Novelty::kDuplicate);
}

TEST(MessageHashTest, IsTheSameForAllTime) {
  // XXH3 of the payload's and the device time; checkpoints depend on it.
  EXPECT_EQ(message_hash(0, ""), 0xfb4279b855dd0469ULL);
  EXPECT_NE(message_hash(1, "a"), message_hash(2, "a"));
  EXPECT_NE(message_hash(1, "a"), message_hash(1, "b"));
}

}  // namespace
}  // namespace mobilake::prepare

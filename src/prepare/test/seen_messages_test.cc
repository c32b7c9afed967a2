// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_messages.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "prepare/inside/intake/message_hash.h"

namespace mobilake::prepare {
namespace {

TEST(SeenMessagesTest, AgreesWithASetOfAllMessages) {
  const auto random = base::seeded_random(3);
  SeenMessages seen;
  std::set<std::tuple<std::string, std::optional<std::int64_t>, std::int64_t, std::uint64_t>> all;
  std::set<std::pair<std::string, std::int64_t>> sequences;
  for (int i = 0; i < 50'000; ++i) {
    const std::string vehicle = "V" + std::to_string(random->below(5));
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
    ASSERT_EQ(seen.add({vehicle, sequence, time, hash}), expected) << i;
  }
  EXPECT_EQ(seen.vehicle_count(), 5u);
}

TEST(SeenMessagesTest, TakesAboutEightBytesAMessage) {
  SeenMessages seen;
  constexpr std::size_t kMessages = 100'000;
  for (std::size_t i = 0; i < kMessages; ++i)
    seen.add({"V", static_cast<std::int64_t>(i), 0, i + 1});
  EXPECT_LT(seen.memory_bytes(), 9 * kMessages);
  EXPECT_GE(seen.memory_bytes(), 8 * kMessages);
}

TEST(MessageHashTest, IsTheSameForAllTime) {
  // XXH3 of 64 bits, seeded with the device time; checkpoints depend on it.
  EXPECT_EQ(message_hash(0, ""), 0x2d06800538d394c2ULL);
  EXPECT_NE(message_hash(1, "a"), message_hash(2, "a"));
  EXPECT_NE(message_hash(1, "a"), message_hash(1, "b"));
}

}  // namespace
}  // namespace mobilake::prepare

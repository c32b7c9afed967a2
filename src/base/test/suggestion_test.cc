// SPDX-License-Identifier: Apache-2.0
#include "base/suggestion.h"

#include <gtest/gtest.h>

#include <vector>

namespace mobilake::base {
namespace {

const std::vector<std::string> kWords{"device", "account", "replay", "restore"};

TEST(SuggestionTest, TakesTheNearestWordOfAFewSlips) {
  EXPECT_EQ(suggest("devise", kWords), "device");
  EXPECT_EQ(suggest("acount", kWords), "account");
  EXPECT_EQ(suggest("restorre", kWords), "restore");
}

TEST(SuggestionTest, ASwapOfNeighboursIsOneSlip) {
  EXPECT_EQ(suggest("lgo", std::vector<std::string>{"go-on", "log"}), "log");
  EXPECT_EQ(suggest("erplay", kWords), "replay");
}

TEST(SuggestionTest, GivesNothingWhereNoneIsNear) {
  EXPECT_EQ(suggest("xylophone", kWords), std::nullopt);
  EXPECT_EQ(suggest("device", {}), std::nullopt);
}

}  // namespace
}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#include "query/system_table.h"

#include <gtest/gtest.h>

#include <array>

namespace mobilake::query {
namespace {

std::string_view cause(std::size_t place) {
  return std::array<std::string_view, 3>{"clock-ahead", "bad-json", "no-vehicle"}[place];
}

TEST(CountsCellTest, NamesWhatWasCountedAndNothingElse) {
  EXPECT_EQ(counts_cell(std::array<std::uint64_t, 3>{20, 0, 3}, cause),
            R"({"clock-ahead": 20, "no-vehicle": 3})");
  EXPECT_EQ(counts_cell(std::array<std::uint64_t, 3>{0, 0, 0}, cause), std::nullopt);
}

}  // namespace
}  // namespace mobilake::query

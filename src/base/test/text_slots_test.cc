// SPDX-License-Identifier: Apache-2.0
#include "base/text_slots.h"

#include <gtest/gtest.h>

#include <string>

namespace mobilake::base {
namespace {

TEST(TextSlotsTest, FindsEachOfManyTextsAndNoOther) {
  std::vector<std::string> texts;
  TextSlots slots;
  const auto number_of = [&](const std::string& text) {
    return slots.find(TextSlots::hash_of(text),
                      [&](std::uint32_t number) { return texts[number] == text; });
  };
  EXPECT_EQ(number_of("vehicle-0"), TextSlots::kNone);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    texts.push_back("vehicle-" + std::to_string(i));
    slots.add(TextSlots::hash_of(texts.back()), i);
  }
  for (std::uint32_t i = 0; i < 5000; ++i)
    ASSERT_EQ(number_of(texts[i]), i);
  EXPECT_EQ(number_of("vehicle-5000"), TextSlots::kNone);
  EXPECT_EQ(slots.size(), 5000u);
}

TEST(TextSlotsTest, TellsTextsOfOneHashApart) {
  const std::vector<std::string> texts{"a", "b", "c"};
  TextSlots slots;
  for (std::uint32_t i = 0; i < 3; ++i)
    slots.add(7, i);
  for (std::uint32_t i = 0; i < 3; ++i)
    EXPECT_EQ(slots.find(7, [&](std::uint32_t number) { return number == i; }), i);
  EXPECT_EQ(slots.find(7, [](std::uint32_t) { return false; }), TextSlots::kNone);
  EXPECT_EQ(slots.find(8, [](std::uint32_t) { return true; }), TextSlots::kNone);
}

TEST(TextSlotsTest, KnowsNothingOnceCleared) {
  TextSlots slots;
  slots.add(7, 0);
  slots.clear();
  EXPECT_EQ(slots.find(7, [](std::uint32_t) { return true; }), TextSlots::kNone);
}

}  // namespace
}  // namespace mobilake::base

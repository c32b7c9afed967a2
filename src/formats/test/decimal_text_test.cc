// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/decimal_text.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace mobilake::formats {
namespace {

DecimalNumber parse(std::string_view text, int scale = 2) {
  return parse_decimal_text(text, scale, kDigitsMax);
}

TEST(DecimalTextTest, ReadsWhatJsonCallsANumberAndNothingElse) {
  for (const char* text : {"0", "-0", "7", "0.5", "-12.25", "123456789012345.67", "1e3", "1E-2"})
    EXPECT_NE(parse(text).outcome, DecimalOutcome::kNotANumber) << text;
  for (const char* text : {"", "-", ".", "1.", ".1", "-.5", "01", "00.5", "1.2.3", "+1", "1e",
                           "0x1", "1 ", "NaN", "--1"})
    EXPECT_EQ(parse(text).outcome, DecimalOutcome::kNotANumber) << text;
}

TEST(DecimalTextTest, ScalesExactlyAndRoundsHalfToEven) {
  EXPECT_EQ(parse("20.72").scaled, 2072);
  EXPECT_EQ(parse("-20.7").scaled, -2070);
  EXPECT_EQ(parse("5").scaled, 500);
  EXPECT_EQ(parse("0.125").scaled, 12);
  EXPECT_EQ(parse("0.135").scaled, 14);
  EXPECT_EQ(parse("0.125").outcome, DecimalOutcome::kRounded);
  EXPECT_EQ(parse("0.120").outcome, DecimalOutcome::kExact);
  EXPECT_EQ(parse("99999999999999999").outcome, DecimalOutcome::kTooLarge);
}

TEST(DecimalTextTest, TheShortWayAndTheGeneralOneAgree) {
  const auto chance = base::seeded_random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = chance->below(2) == 0 ? "-" : "";
    text += std::to_string(chance->below(1ULL << chance->below(50)));
    if (chance->below(4) != 0) text += "." + std::to_string(chance->below(1'000'000));
    const DecimalNumber plain = parse(text);
    const DecimalNumber general = parse(text + "e0");
    ASSERT_EQ(plain.outcome, general.outcome) << text;
    ASSERT_EQ(plain.scaled, general.scaled) << text;
  }
}

}  // namespace
}  // namespace mobilake::formats

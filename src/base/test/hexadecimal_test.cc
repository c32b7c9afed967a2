// SPDX-License-Identifier: Apache-2.0
#include "base/hexadecimal.h"

#include <gtest/gtest.h>

namespace mobilake::base {
namespace {

TEST(HexadecimalTest, WritesTwoDigitsForEachByteAlsoForSmallAndNegativeOnes) {
  EXPECT_EQ(hexadecimal(std::string_view("\x00\x0a\x7f\x80\xff", 5)), "000a7f80ff");
  EXPECT_EQ(hexadecimal(""), "");
}

}  // namespace
}  // namespace mobilake::base

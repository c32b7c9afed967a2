// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include "base/error_codes.h"

namespace mobilake::base {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return invalid("{} is odd", number);
  return number / 2;
}

Result<int> quarter(int number) {
  MOBILAKE_ASSIGN(const int once, half(number));
  MOBILAKE_ASSIGN(const int twice, half(once).within("halving again"));
  return twice;
}

TEST(ResultTest, PassesValuesAndErrorsOn) {
  EXPECT_EQ(*quarter(12), 3);
  const auto wrong = quarter(6);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().to_string(), "invalid: halving again: 3 is odd");
}

TEST(ErrorCodesTest, TableHasOneRowPerCodeWithAUniqueName) {
  for (const CodeRow& row : code_table()) {
    EXPECT_EQ(code_row(row.code).name, row.name);
    EXPECT_EQ(code_of_name(row.name), row.code);
  }
  EXPECT_EQ(code_table().size(), 13u);
  EXPECT_FALSE(code_of_name("fine").has_value());
}

}  // namespace
}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#include "cli/sql_text.h"

#include <gtest/gtest.h>

namespace mobilake::cli {
namespace {

using Texts = std::vector<std::string>;

Texts statements(std::string_view text) {
  return split_statements(text).statements;
}

TEST(SplitStatementsTest, CutsBehindEachSemicolonOutsideOfQuotesAndComments) {
  EXPECT_EQ(statements("SELECT 1; SELECT 2;"), (Texts{"SELECT 1;", "SELECT 2;"}));
  EXPECT_EQ(statements("SELECT ';' ; -- done\n"), Texts{"SELECT ';' ;"});
  EXPECT_EQ(statements("SELECT \"a;b\" /* ; */ ;;"), Texts{"SELECT \"a;b\" /* ; */ ;"});
  EXPECT_TRUE(statements("SELECT 1 -- ;").empty());
  EXPECT_TRUE(statements("SELECT 1 /* ;").empty());
}

TEST(SplitStatementsTest, QuotesAndNestsAsTheEngineDoes) {
  EXPECT_EQ(statements("SELECT $$a;b$$;"), Texts{"SELECT $$a;b$$;"});
  EXPECT_EQ(statements("SELECT $t$a;$$;$t$;"), Texts{"SELECT $t$a;$$;$t$;"});
  EXPECT_EQ(statements("SELECT $1; SELECT $2;"), (Texts{"SELECT $1;", "SELECT $2;"}));
  EXPECT_EQ(statements("SELECT a$b; SELECT c$b;"), (Texts{"SELECT a$b;", "SELECT c$b;"}));
  EXPECT_EQ(statements(R"(SELECT E'it\'s;';)"), Texts{R"(SELECT E'it\'s;';)"});
  EXPECT_EQ(statements(R"(SELECT 'C:\'; SELECT 2;)"), (Texts{R"(SELECT 'C:\';)", "SELECT 2;"}));
  EXPECT_EQ(statements("/* a /* ; */ ; */ SELECT 1;"), Texts{"/* a /* ; */ ; */ SELECT 1;"});
}

TEST(SplitStatementsTest, KeepsWhatIsNotEndedAndSaysWhatIsOpen) {
  EXPECT_EQ(split_statements("SELECT 1; SELECT").rest, "SELECT");
  EXPECT_EQ(split_statements("SELECT 1; -- more\n").rest, "");
  EXPECT_EQ(split_statements("SELECT 1; /* more */\n").rest, "");
  EXPECT_EQ(split_statements("SELECT ';").open, '\'');
  EXPECT_EQ(split_statements("SELECT \"x").open, '"');
  EXPECT_EQ(split_statements("SELECT $$x;").open, '$');
  EXPECT_EQ(split_statements("SELECT 'it''s'").open, 0);
}

TEST(SplitStatementsTest, ACommentThatIsOpenIsKeptAlthoughNothingElseIsThere) {
  const SplitSql split = split_statements("/* first line\n");
  EXPECT_EQ(split.rest, "/* first line\n");
  EXPECT_EQ(split.open, '*');
}

TEST(PointAtTest, MarksTheCharacterOnItsLine) {
  EXPECT_EQ(point_at("SELECT 1\nFORM x", 10), "  FORM x\n  ^");
  EXPECT_EQ(point_at("SELECT '車両' FORM x", 18), "  SELECT '車両' FORM x\n                     ^");
  EXPECT_EQ(point_at("SELECT\t1 x y", 12), "  SELECT 1 x y\n             ^");
  EXPECT_EQ(point_at("SELECT", 99), "  SELECT\n        ^");
  EXPECT_EQ(point_at("SELECT", 0), "");
}

TEST(PointAtTest, ShowsThePartOfALongLineThatHoldsTheMark) {
  const std::string told = point_at(std::string(500, 'a') + "!" + std::string(500, 'b'), 501);
  const std::size_t line_break = told.find('\n');
  const std::string line = told.substr(0, line_break);
  EXPECT_LE(line.size(), 84u) << told;
  EXPECT_TRUE(line.starts_with("  …a") && line.ends_with("b…")) << told;
  // The sign of the cut is three bytes in one column.
  EXPECT_EQ(line.find('!') - 2, told.size() - 1 - (line_break + 1)) << told;
}

}  // namespace
}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/table_printer.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/inside/text_width.h"

namespace mobilake::cli {
namespace {

std::string printed(const TablePrinter& table) {
  std::ostringstream out;
  table.print(out);
  return out.str();
}

TEST(TablePrinterTest, CutsTheWidestColumnToFit) {
  TablePrinter table({"ID", "TEXT"}, 12);
  table.add({"1", "a long text without end"});
  EXPECT_EQ(printed(table), "ID  TEXT\n 1  a long …\n");
}

TEST(TablePrinterTest, ManyColumnsOnANarrowTerminalComeOneALine) {
  const std::vector<std::string> names(20, "column_name");
  TablePrinter narrow(names, 80);
  narrow.add(std::vector<std::string>(20, "12.5"));
  EXPECT_TRUE(printed(narrow).starts_with("-- row 1\ncolumn_name  12.5\n")) << printed(narrow);
  TablePrinter piped(names, 0);
  piped.add(std::vector<std::string>(20, "12.5"));
  EXPECT_TRUE(printed(piped).starts_with("column_name  column_name")) << printed(piped);
  TablePrinter few({"a", "b"}, 12);
  few.add({"a long text", "1"});
  EXPECT_TRUE(printed(few).starts_with("a")) << printed(few);
}

TEST(TablePrinterTest, ManyColumnsWithoutRowsKeepTheirNames) {
  const TablePrinter table({"account", "vehicle_id", "cause", "column_name", "topic"}, 30);
  EXPECT_EQ(printed(table), "account  vehicle_id  cause\ncolumn_name  topic\n");
}

TEST(TablePrinterTest, NumbersAreNeverCutWhereALineCouldHoldThem) {
  const std::string number = "123456789012345678901234567890";
  TablePrinter table({"first", "second", "third"}, 80);
  table.add({number, number, number});
  EXPECT_EQ(printed(table),
            "-- row 1\nfirst   " + number + "\nsecond  " + number + "\nthird   " + number + "\n");
}

TEST(TablePrinterTest, LettersThatTakeTwoColumnsKeepTheNextColumnInLine) {
  TablePrinter table({"x", "y"}, 80);
  table.add({"車両", "a"});
  table.add({"e\u0301", "b"});
  EXPECT_EQ(printed(table), "x     y\n車両  a\ne\u0301     b\n");
}

TEST(TablePrinterTest, NothingInAHeadingOrACellMovesTheCursor) {
  TablePrinter table({"a\nb\x1b[31m"}, 80);
  table.add({"1\t2\u009b31m\u202eabc"});
  EXPECT_EQ(printed(table), "a·b·[31m\n1·2·31m·abc\n");
}

TEST(TextWidthTest, CountsColumnsRatherThanBytes) {
  EXPECT_EQ(display_width("grün"), 4u);
  EXPECT_EQ(display_width("車両😀"), 6u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("\xff\xc3"), 2u);
}

TEST(TextWidthTest, CutsBetweenLettersSoThatTheMarkFits) {
  EXPECT_EQ(cut_to_width("grün", 4), "grün");
  EXPECT_EQ(cut_to_width("grüner", 4), "grü…");
  EXPECT_EQ(cut_to_width("車両車両", 4), "車…");
  EXPECT_EQ(cut_to_width("車両車両", 5), "車両…");
  EXPECT_EQ(cut_to_width("abc", 1), "…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

}  // namespace
}  // namespace mobilake::cli

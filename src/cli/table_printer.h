// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace mobilake::cli {

/// Prints rows for people: aligned columns that fit a width, what is too long cut with "…"; where
/// there are too many columns for that, or a number would be cut, one value a line.
///
/// `width` 0 means as wide as it takes, as for a pipe. Numbers stand to the right.
class TablePrinter {
 public:
  /// In headings and cells control characters are shown as "·".
  TablePrinter(std::vector<std::string> columns, std::size_t width);

  /// Adds a row; missing cells are empty.
  void add(std::vector<std::string> cells);
  void print(std::ostream& out) const;
  std::size_t row_count() const { return rows_.size(); }

 private:
  std::vector<std::size_t> fitted_widths() const;
  /// Returns whether a row is better read down than across.
  bool is_too_wide(const std::vector<std::size_t>& widths) const;
  void print_records(std::ostream& out) const;
  void print_names(std::ostream& out) const;

  std::vector<std::string> columns_;
  std::size_t width_;
  std::vector<std::vector<std::string>> rows_;
};

/// Returns the width of the terminal behind descriptor `fd`, 80 where it does not say, 0 where it
/// is none.
std::size_t terminal_width(int fd);

}  // namespace mobilake::cli

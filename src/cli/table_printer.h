// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace mobilake::cli {

/// Prints rows for people: aligned columns that fit a width, what is too long cut with "…"; where
/// there are too many columns for that, one value a line.
///
/// `width` 0 means as wide as it takes, as for a pipe. Numbers stand to the right.
class TablePrinter {
 public:
  TablePrinter(std::vector<std::string> columns, std::size_t width)
      : columns_(std::move(columns)), width_(width) {}

  /// Adds a row; missing cells are empty. Control characters are shown as "·".
  void add(std::vector<std::string> cells);
  void print(std::ostream& out) const;
  std::size_t row_count() const { return rows_.size(); }

 private:
  std::vector<std::size_t> fitted_widths() const;
  bool is_too_wide() const;
  void print_records(std::ostream& out) const;

  std::vector<std::string> columns_;
  std::size_t width_;
  std::vector<std::vector<std::string>> rows_;
};

/// Returns how many columns UTF-8 text takes, one for each code point.
std::size_t display_width(std::string_view text);

/// Returns `text` in at most `width` columns, with "…" where it was cut.
std::string cut_to_width(std::string_view text, std::size_t width);

/// Returns the width of the terminal behind descriptor `fd`, 80 where it does not say, 0 where it
/// is none.
std::size_t terminal_width(int fd);

}  // namespace mobilake::cli

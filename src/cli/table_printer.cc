// SPDX-License-Identifier: Apache-2.0
#include "cli/table_printer.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "cli/inside/text_width.h"

namespace mobilake::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 4;
/// With less for each column, rows are printed one value a line.
constexpr std::size_t kLegible = 8;
constexpr std::size_t kManyColumns = 5;
constexpr std::size_t kUsualWidth = 80;

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.-+eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

}  // namespace

std::size_t terminal_width(int fd) {
  if (isatty(fd) == 0) return 0;
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
  return size.ws_col;
}

TablePrinter::TablePrinter(std::vector<std::string> columns, std::size_t width)
    : columns_(std::move(columns)), width_(width) {
  for (std::string& column : columns_)
    column = without_control_characters(column);
}

void TablePrinter::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells)
    cell = without_control_characters(cell);
  rows_.push_back(std::move(cells));
}

// The widest column gives way first, so that narrow ones stay whole.
std::vector<std::size_t> TablePrinter::fitted_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    std::size_t widest = display_width(columns_[column]);
    for (const auto& row : rows_)
      widest = std::max(widest, display_width(row[column]));
    widths.push_back(widest);
  }
  if (width_ == 0 || widths.empty()) return widths;
  const auto total = [&] {
    return std::accumulate(widths.begin(), widths.end(), (widths.size() - 1) * kGap);
  };
  while (total() > width_) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    *widest -= 1;
  }
  return widths;
}

bool TablePrinter::is_too_wide(const std::vector<std::size_t>& widths) const {
  if (width_ == 0) return false;
  bool cut = false;
  for (const auto& row : rows_) {
    for (std::size_t column = 0; column < widths.size(); ++column) {
      const std::size_t needed = display_width(row[column]);
      if (needed <= widths[column]) continue;
      // The first digits of a number would be read as another one.
      if (is_number(row[column]) && needed < width_ / 2) return true;
      cut = true;
    }
  }
  const bool narrow =
      columns_.size() >= kManyColumns && columns_.size() * (kLegible + kGap) > width_;
  const bool cut_heading = !std::equal(
      columns_.begin(), columns_.end(), widths.begin(),
      [](const std::string& name, std::size_t width) { return display_width(name) <= width; });
  return narrow && (cut || cut_heading);
}

void TablePrinter::print_records(std::ostream& out) const {
  std::size_t widest = 0;
  for (const std::string& column : columns_)
    widest = std::max(widest, display_width(column));
  widest = std::min(widest, width_ / 2);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    out << "-- row " << row + 1 << '\n';
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      const std::string name = cut_to_width(columns_[column], widest);
      const std::string cell = cut_to_width(rows_[row][column], width_ - widest - kGap);
      std::string line = name + std::string(widest - display_width(name) + kGap, ' ') + cell;
      line.erase(line.find_last_not_of(' ') + 1);
      out << line << '\n';
    }
  }
}

// Without rows only the names are left, as many a line as fit whole.
void TablePrinter::print_names(std::ostream& out) const {
  std::size_t taken = 0;
  for (const std::string& column : columns_) {
    const std::string name = cut_to_width(column, width_);
    if (taken > 0 && taken + kGap + display_width(name) > width_) {
      out << '\n';
      taken = 0;
    }
    if (taken > 0) out << std::string(kGap, ' ');
    out << name;
    taken += (taken > 0 ? kGap : 0) + display_width(name);
  }
  out << '\n';
}

void TablePrinter::print(std::ostream& out) const {
  const std::vector<std::size_t> widths = fitted_widths();
  if (is_too_wide(widths)) return rows_.empty() ? print_names(out) : print_records(out);
  const auto line = [&](const std::vector<std::string>& cells, bool heading) {
    std::string text;
    for (std::size_t column = 0; column < widths.size(); ++column) {
      const std::string cell = cut_to_width(cells[column], widths[column]);
      const std::string padding(widths[column] - display_width(cell), ' ');
      const bool right = !heading && is_number(cells[column]);
      text += right ? padding + cell : cell + padding;
      if (column + 1 < widths.size()) text.append(kGap, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  line(columns_, true);
  for (const auto& row : rows_)
    line(row, false);
}

}  // namespace mobilake::cli

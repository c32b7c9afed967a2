// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text_slots.h"
#include "formats/record_schema.h"

namespace mobilake::formats {

/// Many short texts in one buffer. At most 4 GiB. Thread safety: a value.
class Texts {
 public:
  void append(std::string_view text) {
    bytes_.append(text);
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  void pop_back() {
    ends_.pop_back();
    bytes_.resize(ends_.empty() ? 0 : ends_.back());
  }
  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  std::string_view operator[](std::size_t index) const {
    const std::uint32_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
  }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  const std::string& bytes() const { return bytes_; }
  const std::vector<std::uint32_t>& ends() const { return ends_; }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

/// One column's values, row by row. Which members are used is a matter of the type:
/// integers: boolean (0, 1), int, long, timestamp, decimal (times 10^scale); doubles: double;
/// texts: string and binary, one a row, or the distinct ones where `codes` is used;
/// entry_ends, texts, values: list (elements in texts) and map (keys in texts).
/// A row without a value has valid = 0 and a zero, an empty text or no entries in its place.
struct Column {
  ColumnType type;
  bool coded = false;  ///< a string column whose rows are `codes` into `texts`
  std::vector<std::uint8_t> valid;
  std::vector<std::int64_t> integers;
  std::vector<double> doubles;
  Texts texts;
  Texts values;
  std::vector<std::uint32_t> codes;
  std::vector<std::uint32_t> entry_ends;

  /// Returns the text of a row of a string or binary column.
  std::string_view text(std::size_t row) const { return texts[coded ? codes[row] : row]; }
  void append_null();
  void append_integer(std::int64_t value) {
    valid.push_back(1);
    integers.push_back(value);
  }
  void append_no_integer() {
    valid.push_back(0);
    integers.push_back(0);
  }
  void append_double(double value) {
    valid.push_back(1);
    doubles.push_back(value);
  }
  void append_text(std::string_view value);
  /// Ends a row of a list or map column, whose entries were appended to `texts` and `values`.
  void end_entries();
  /// Makes room for that many rows in all.
  void reserve(std::size_t rows);
  /// Removes all rows and keeps the memory; the distinct texts of a coded column stay.
  void clear_rows();
};

/// Rows of one schema, column by column; what decoders fill and file writers take.
/// Invariant: every column has as many rows as the batch. Thread safety: a value; sorted_by()
/// counts as a change.
class ColumnBatch {
 public:
  explicit ColumnBatch(std::vector<Field> fields);

  const std::vector<Field>& fields() const { return fields_; }
  std::size_t row_count() const { return columns_.empty() ? 0 : columns_.front().valid.size(); }
  bool empty() const { return row_count() == 0; }
  Column& column(std::size_t index) { return columns_[index]; }
  const Column& column(std::size_t index) const { return columns_[index]; }
  /// Returns about how many bytes of memory the rows take.
  std::size_t memory_bytes() const;

  /// Appends a row of a coded string column: the distinct texts are kept once.
  void append_coded(std::size_t column, std::string_view text);

  /// Makes room for that many rows in all, so that growing copies none.
  void reserve(std::size_t rows);

  /// Asks the memory for what code_of() and append_coded() read first of a text with that hash.
  void prefetch_code(std::size_t column, std::uint32_t hash) const {
    codes_[column].prefetch(hash);
  }
  /// Returns the code of a text of a coded column, or TextSlots::kNone where no row had it yet.
  /// `hash` is its TextSlots::hash_of().
  std::uint32_t code_of(std::size_t column, std::string_view text, std::uint32_t hash) const;

  /// Removes the last row. Requires: not empty.
  void pop_back();

  /// Returns the given rows in the given order. Requires: each is below row_count().
  ColumnBatch take(std::span<const std::uint32_t> rows) const;

  /// Removes all rows and keeps their memory for the next ones. The codes of coded columns mean the
  /// same texts as before; memory_bytes() then counts those texts.
  void clear_rows();

  /// Returns the order of the rows by column `first`, then by column `second`, equal ones as they
  /// stand. Requires: integer or string columns. Nulls come first.
  std::vector<std::uint32_t> sorted_by(std::size_t first, std::size_t second) const;

 private:
  std::vector<std::int64_t> ranks_of(std::size_t column) const;

  std::vector<Field> fields_;
  std::vector<Column> columns_;
  std::vector<base::TextSlots> codes_;                          // per column, for append_coded()
  mutable std::vector<std::vector<std::uint32_t>> code_order_;  // kept for the next sorted_by()
};

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "formats/column_batch.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;

bool is_integer_kind(Kind kind) {
  return kind == Kind::kBoolean || kind == Kind::kInt || kind == Kind::kLong ||
         kind == Kind::kTimestamp || kind == Kind::kDecimal;
}

bool is_text_kind(Kind kind) {
  return kind == Kind::kString || kind == Kind::kBinary;
}

bool has_entries(Kind kind) {
  return kind == Kind::kTextList || kind == Kind::kTextMap;
}

/// Appends the entries of one row of a list or map column.
void append_entries(Column& to, const Column& from, std::size_t row) {
  const std::uint32_t begin = row == 0 ? 0 : from.entry_ends[row - 1];
  for (std::uint32_t entry = begin; entry < from.entry_ends[row]; ++entry) {
    to.texts.append(from.texts[entry]);
    if (from.type.kind == Kind::kTextMap) to.values.append(from.values[entry]);
  }
  to.entry_ends.push_back(static_cast<std::uint32_t>(to.texts.size()));
}

/// Fills `to` with the given rows' values of `from`.
template <typename Value>
void take_values(const std::vector<Value>& from, std::span<const std::uint32_t> rows,
                 std::vector<Value>& to) {
  to.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    to[i] = from[rows[i]];
}

void take_column(const Column& from, std::span<const std::uint32_t> rows, Column& to) {
  take_values(from.valid, rows, to.valid);
  if (is_integer_kind(from.type.kind)) {
    take_values(from.integers, rows, to.integers);
  } else if (from.type.kind == Kind::kDouble) {
    take_values(from.doubles, rows, to.doubles);
  } else if (has_entries(from.type.kind)) {
    to.entry_ends.reserve(rows.size());
    for (const std::uint32_t row : rows)
      append_entries(to, from, row);
  } else if (from.coded) {
    to.coded = true;
    to.texts = from.texts;
    take_values(from.codes, rows, to.codes);
  } else {
    for (const std::uint32_t row : rows)
      to.texts.append(from.texts[row]);
  }
}

/// Returns the texts' numbers in their order; `sorted` are the first ones, in theirs.
std::vector<std::uint32_t> text_order(const Texts& texts,
                                      const std::vector<std::uint32_t>& sorted) {
  const auto before = [&](std::uint32_t a, std::uint32_t b) { return texts[a] < texts[b]; };
  MOBILAKE_CHECK(sorted.size() <= texts.size());
  std::vector<std::uint32_t> fresh(texts.size() - sorted.size());
  std::iota(fresh.begin(), fresh.end(), static_cast<std::uint32_t>(sorted.size()));
  std::sort(fresh.begin(), fresh.end(), before);
  std::vector<std::uint32_t> order(texts.size());
  std::merge(sorted.begin(), sorted.end(), fresh.begin(), fresh.end(), order.begin(), before);
  return order;
}

// A function `ranks_*` returns per row a number whose order is the order of the rows' values, nulls
// first.

std::vector<std::int64_t> ranks_of_integers(const Column& column) {
  std::vector<std::int64_t> ranks(column.valid.size());
  for (std::size_t row = 0; row < ranks.size(); ++row)
    ranks[row] = column.valid[row] != 0 ? column.integers[row] : INT64_MIN;
  return ranks;
}

/// `order` is that of the column's texts.
std::vector<std::int64_t> ranks_of_codes(const Column& column,
                                         const std::vector<std::uint32_t>& order) {
  std::vector<std::int64_t> ranks(column.valid.size());
  // Of all texts that a coded column knows, a few rows use few.
  std::vector<std::uint8_t> used(column.texts.size());
  for (std::size_t row = 0; row < ranks.size(); ++row)
    if (column.valid[row] != 0) used[column.codes[row]] = 1;
  std::vector<std::int64_t> rank_of_code(used.size());
  std::int64_t rank = 0;
  for (const std::uint32_t code : order)
    if (used[code] != 0) rank_of_code[code] = rank++;
  for (std::size_t row = 0; row < ranks.size(); ++row)
    ranks[row] = column.valid[row] != 0 ? rank_of_code[column.codes[row]] : INT64_MIN;
  return ranks;
}

std::vector<std::int64_t> ranks_of_texts(const Column& column) {
  std::vector<std::int64_t> ranks(column.valid.size());
  std::int64_t rank = -1;
  std::string_view last;
  for (const std::uint32_t row : text_order(column.texts, {})) {
    // Equal texts share a rank, so that the second key decides.
    if (rank < 0 || column.texts[row] != last) ++rank;
    last = column.texts[row];
    ranks[row] = column.valid[row] != 0 ? rank : INT64_MIN;
  }
  return ranks;
}

/// Returns the rows in the order of their ranks, those of one rank as they stand.
std::vector<std::uint32_t> grouped_by(const std::vector<std::int64_t>& ranks) {
  std::vector<std::uint32_t> order(ranks.size());
  std::iota(order.begin(), order.end(), 0u);
  if (ranks.empty()) return order;
  const auto is_value = [](std::int64_t rank) { return rank != INT64_MIN; };
  const auto greatest = *std::max_element(ranks.begin(), ranks.end());
  const bool dense = greatest < static_cast<std::int64_t>(ranks.size()) &&
                     std::all_of(
                         ranks.begin(), ranks.end(),
                         [&](std::int64_t rank) { return rank >= 0 || !is_value(rank); });
  if (!dense) {
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::tie(ranks[a], a) < std::tie(ranks[b], b);
    });
    return order;
  }
  // Texts have ranks below the number of rows: each rank's rows are counted and put in their place.
  const auto slot_of = [&](std::int64_t rank) {
    return is_value(rank) ? static_cast<std::size_t>(rank) + 1 : 0;
  };
  std::vector<std::uint32_t> begins(slot_of(greatest) + 2);
  for (const std::int64_t rank : ranks)
    ++begins[slot_of(rank) + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  for (std::uint32_t row = 0; row < ranks.size(); ++row)
    order[begins[slot_of(ranks[row])]++] = row;
  return order;
}

}  // namespace

void Column::append_null() {
  valid.push_back(0);
  if (is_integer_kind(type.kind))
    integers.push_back(0);
  else if (type.kind == Kind::kDouble)
    doubles.push_back(0);
  else if (has_entries(type.kind))
    entry_ends.push_back(static_cast<std::uint32_t>(texts.size()));
  else if (coded)
    codes.push_back(0);
  else
    texts.append({});
}

void Column::append_text(std::string_view value) {
  valid.push_back(1);
  texts.append(value);
}

void Column::end_entries() {
  valid.push_back(1);
  entry_ends.push_back(static_cast<std::uint32_t>(texts.size()));
}

void Column::reserve(std::size_t rows) {
  valid.reserve(rows);
  if (is_integer_kind(type.kind))
    integers.reserve(rows);
  else if (type.kind == Kind::kDouble)
    doubles.reserve(rows);
  else if (has_entries(type.kind))
    entry_ends.reserve(rows);
  else if (coded)
    codes.reserve(rows);
}

void Column::clear_rows() {
  valid.clear();
  integers.clear();
  doubles.clear();
  if (!coded) texts.clear();
  values.clear();
  codes.clear();
  entry_ends.clear();
}

ColumnBatch::ColumnBatch(std::vector<Field> fields)
    : fields_(std::move(fields)),
      columns_(fields_.size()),
      codes_(fields_.size()),
      code_order_(fields_.size()) {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    columns_[i].type = fields_[i].type;
}

std::size_t ColumnBatch::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Column& column : columns_)
    bytes += column.valid.size() + column.integers.size() * sizeof(std::int64_t) +
             column.doubles.size() * sizeof(double) + column.texts.bytes().size() +
             column.values.bytes().size() +
             (column.texts.size() + column.values.size() + column.codes.size() +
              column.entry_ends.size()) *
                 sizeof(std::uint32_t);
  return bytes;
}

void ColumnBatch::append_coded(std::size_t index, std::string_view text) {
  Column& column = columns_[index];
  column.coded = true;
  // Rows of one vehicle often come together.
  if (!column.codes.empty() && column.texts[column.codes.back()] == text &&
      column.valid.back() != 0) {
    column.codes.push_back(column.codes.back());
    column.valid.push_back(1);
    return;
  }
  base::TextSlots& slots = codes_[index];
  if (slots.size() != column.texts.size()) {
    // A batch that was taken from another has the texts alone.
    slots.clear();
    for (std::uint32_t known = 0; known < column.texts.size(); ++known)
      slots.add(base::TextSlots::hash_of(column.texts[known]), known);
  }
  const std::uint32_t hash = base::TextSlots::hash_of(text);
  std::uint32_t code =
      slots.find(hash, [&](std::uint32_t known) { return column.texts[known] == text; });
  if (code == base::TextSlots::kNone) {
    code = static_cast<std::uint32_t>(column.texts.size());
    column.texts.append(text);
    slots.add(hash, code);
  }
  column.codes.push_back(code);
  column.valid.push_back(1);
}

std::uint32_t ColumnBatch::code_of(std::size_t index, std::string_view text,
                                   std::uint32_t hash) const {
  const Texts& texts = columns_[index].texts;
  if (codes_[index].size() != texts.size()) return base::TextSlots::kNone;
  return codes_[index].find(hash, [&](std::uint32_t known) { return texts[known] == text; });
}

void ColumnBatch::pop_back() {
  MOBILAKE_CHECK(!empty());
  for (Column& column : columns_) {
    column.valid.pop_back();
    if (is_integer_kind(column.type.kind)) {
      column.integers.pop_back();
    } else if (column.type.kind == Kind::kDouble) {
      column.doubles.pop_back();
    } else if (has_entries(column.type.kind)) {
      column.entry_ends.pop_back();
      const std::size_t kept = column.entry_ends.empty() ? 0 : column.entry_ends.back();
      while (column.texts.size() > kept)
        column.texts.pop_back();
      while (column.values.size() > kept)
        column.values.pop_back();
    } else if (column.coded) {
      column.codes.pop_back();
    } else {
      column.texts.pop_back();
    }
  }
}

void ColumnBatch::clear_rows() {
  for (Column& column : columns_)
    column.clear_rows();
}

void ColumnBatch::reserve(std::size_t rows) {
  for (Column& column : columns_)
    column.reserve(rows);
}

ColumnBatch ColumnBatch::take(std::span<const std::uint32_t> rows) const {
  ColumnBatch taken(fields_);
  for (std::size_t i = 0; i < columns_.size(); ++i)
    take_column(columns_[i], rows, taken.columns_[i]);
  return taken;
}

std::vector<std::int64_t> ColumnBatch::ranks_of(std::size_t index) const {
  const Column& column = columns_[index];
  if (is_integer_kind(column.type.kind)) return ranks_of_integers(column);
  MOBILAKE_CHECK(is_text_kind(column.type.kind));
  if (!column.coded) return ranks_of_texts(column);
  // Texts are only added, and few of them since the last time.
  std::vector<std::uint32_t>& order = code_order_[index];
  if (order.size() != column.texts.size()) order = text_order(column.texts, order);
  return ranks_of_codes(column, order);
}

std::vector<std::uint32_t> ColumnBatch::sorted_by(std::size_t first, std::size_t second) const {
  const auto firsts = ranks_of(first);
  const auto seconds = ranks_of(second);
  std::vector<std::uint32_t> order = grouped_by(firsts);
  std::vector<std::pair<std::int64_t, std::uint32_t>> group;
  for (auto begin = order.begin(); begin != order.end();) {
    group.clear();
    for (auto at = begin; at != order.end() && firsts[*at] == firsts[*begin]; ++at)
      group.emplace_back(seconds[*at], *at);
    const auto end = begin + static_cast<std::ptrdiff_t>(group.size());
    // A vehicle's rows mostly come in order.
    if (!std::is_sorted(group.begin(), group.end())) {
      std::sort(group.begin(), group.end());
      std::transform(group.begin(), group.end(), begin, [](const auto& row) { return row.second; });
    }
    begin = end;
  }
  return order;
}

}  // namespace mobilake::formats

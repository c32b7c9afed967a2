// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/text_width.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace mobilake::cli {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

struct Range {
  char32_t first;
  char32_t last;
};

// The blocks that Unicode's EastAsianWidth.txt calls wide, and the emoji.
constexpr std::array<Range, 16> kWide{{{0x1100, 0x115F},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0x33FF},
                                       {0x3400, 0x4DBF},
                                       {0x4E00, 0x9FFF},
                                       {0xA000, 0xA4CF},
                                       {0xA960, 0xA97C},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF01, 0xFF60},
                                       {0xFFE0, 0xFFE6},
                                       {0x1F300, 0x1F64F},
                                       {0x1F680, 0x1F6FF},
                                       {0x1F900, 0x1FAFF},
                                       {0x20000, 0x3FFFD}}};

// Marks over letters, joiners, and selectors of variants.
constexpr std::array<Range, 14> kNoWidth{{{0x0300, 0x036F},
                                          {0x0483, 0x0489},
                                          {0x0591, 0x05BD},
                                          {0x064B, 0x065F},
                                          {0x0E34, 0x0E3A},
                                          {0x0E47, 0x0E4E},
                                          {0x1AB0, 0x1AFF},
                                          {0x1DC0, 0x1DFF},
                                          {0x200B, 0x200D},
                                          {0x2060, 0x2064},
                                          {0x20D0, 0x20FF},
                                          {0xFE00, 0xFE0F},
                                          {0xFE20, 0xFE2F},
                                          {0xE0100, 0xE01EF}}};

// What a terminal obeys: C0, C1, and the marks that turn the direction of text.
constexpr std::array<Range, 5> kControls{
    {{0x00, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}}};

template <std::size_t Size>
bool is_in(char32_t value, const std::array<Range, Size>& ranges) {
  const auto at = std::partition_point(ranges.begin(), ranges.end(),
                                       [value](const Range& range) { return range.last < value; });
  return at != ranges.end() && at->first <= value;
}

// Returns the first code point of text that is not empty; a lone byte where it is no UTF-8.
CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  const std::size_t bytes = lead < 0x80   ? 1
                            : lead < 0xC0 ? 0
                            : lead < 0xE0 ? 2
                            : lead < 0xF0 ? 3
                                          : 4;
  constexpr char32_t kNoCodePoint = 0xFFFD;
  if (bytes == 0 || bytes > text.size()) return {kNoCodePoint, 1};
  if (bytes == 1) return {lead, 1};
  char32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t at = 1; at < bytes; ++at) {
    if ((byte(at) & 0xC0U) != 0x80U) return {kNoCodePoint, 1};
    value = value << 6 | (byte(at) & 0x3FU);
  }
  return {value, bytes};
}

std::size_t width_of(char32_t value) {
  if (is_in(value, kNoWidth)) return 0;
  return is_in(value, kWide) ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    width += width_of(point.value);
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t end = 0;
  for (std::size_t taken = 0; end < text.size();) {
    const CodePoint point = first_code_point(text.substr(end));
    taken += width_of(point.value);
    if (taken > width - 1) break;  // the mark needs a column
    end += point.bytes;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string without_control_characters(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    if (is_in(point.value, kControls))
      clean += "·";
    else
      clean += text.substr(0, point.bytes);
    text.remove_prefix(point.bytes);
  }
  return clean;
}

std::size_t byte_of_code_point(std::string_view text, std::size_t number) {
  std::size_t at = 0;
  for (; number > 0 && at < text.size(); --number)
    at += first_code_point(text.substr(at)).bytes;
  return at;
}

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/sql_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "cli/inside/text_width.h"

namespace mobilake::cli {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";
/// Of a line with an error so much is shown, and so much of it before the mark.
constexpr std::size_t kShownWidth = 76;
constexpr std::size_t kShownBefore = 50;

/// Whatever is passed over as one: a quoted text, a comment, or a single character.
struct Token {
  std::size_t end = 0;
  char open = 0;  ///< where the text ends within it
  bool blank = false;
};

bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

Token comment(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const std::string_view two = text.substr(at, 2);
    if (two == "/*") {
      depth += 1;
      at += 2;
    } else if (two == "*/") {
      at += 2;
      if (--depth == 0) return {at, 0, true};
    } else {
      at += 1;
    }
  }
  return {at, '*', true};
}

Token quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool escapes = quote == '\'' && at > 0 && (text[at - 1] == 'e' || text[at - 1] == 'E') &&
                       (at == 1 || !is_letter(text[at - 2]));
  for (at += 1; at < text.size(); ++at) {
    if (escapes && text[at] == '\\')
      at += 1;
    else if (text[at] == quote)
      return {at + 1, 0, false};
  }
  return {text.size(), quote, false};
}

// Returns the $tag$ at `at`, or nothing: $1 is a parameter, and a name may hold a $.
std::string_view dollar_tag(std::string_view text, std::size_t at) {
  if (text[at] != '$' || (at > 0 && is_letter(text[at - 1]))) return {};
  std::size_t end = at + 1;
  if (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) return {};
  while (end < text.size() && is_letter(text[end]))
    end += 1;
  return end < text.size() && text[end] == '$' ? text.substr(at, end + 1 - at) : std::string_view{};
}

Token next_token(std::string_view text, std::size_t at) {
  const char c = text[at];
  const std::string_view two = text.substr(at, 2);
  if (two == "--") return {std::min(text.find('\n', at), text.size() - 1) + 1, 0, true};
  if (two == "/*") return comment(text, at);
  if (c == '\'' || c == '"') return quoted(text, at);
  if (const std::string_view tag = dollar_tag(text, at); !tag.empty()) {
    const std::size_t end = text.find(tag, at + tag.size());
    if (end == text.npos) return {text.size(), '$', false};
    return {end + tag.size(), 0, false};
  }
  return {at + 1, 0, kBlanks.find(c) != kBlanks.npos};
}

std::string without_blanks_before(std::string_view text) {
  return std::string(text.substr(std::min(text.find_first_not_of(kBlanks), text.size())));
}

}  // namespace

std::string point_at(std::string_view sql, std::size_t position) {
  if (sql.empty() || position == 0) return "";
  const std::size_t at = byte_of_code_point(sql, position - 1);
  const std::size_t last_break = at == 0 ? sql.npos : sql.rfind('\n', at - 1);
  const std::size_t begin = last_break == sql.npos ? 0 : last_break + 1;
  const std::size_t end = std::min(sql.find('\n', at), sql.size());
  std::string before(sql.substr(begin, at - begin));
  std::string behind(sql.substr(at, end - at));
  for (std::string* const part : {&before, &behind}) {
    std::replace(part->begin(), part->end(), '\t', ' ');
    *part = without_control_characters(*part);
  }
  if (display_width(before) > kShownBefore) {
    std::size_t cut = 0;
    while (display_width(std::string_view(before).substr(cut)) >= kShownBefore)
      cut = cut + byte_of_code_point(std::string_view(before).substr(cut), 1);
    before = "…" + before.substr(cut);
  }
  const std::size_t width = display_width(before);
  return fmt::format("  {}{}\n  {}^", before, cut_to_width(behind, kShownWidth - width),
                     std::string(width, ' '));
}

SplitSql split_statements(std::string_view text) {
  SplitSql split;
  std::size_t begin = 0;
  bool blank = true;  // nothing but blanks, comments and a lone ';' since `begin`
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ';') {
      at += 1;
      if (!blank) split.statements.push_back(without_blanks_before(text.substr(begin, at - begin)));
      begin = at;
      blank = true;
      continue;
    }
    const Token token = next_token(text, at);
    at = token.end;
    blank = blank && token.blank && token.open == 0;
    split.open = token.open;
  }
  if (!blank) split.rest = without_blanks_before(text.substr(begin));
  return split;
}

}  // namespace mobilake::cli

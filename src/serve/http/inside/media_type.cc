// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/media_type.h"

#include <algorithm>
#include <cctype>

namespace mobilake::serve {
namespace {

struct AcceptedRange {
  std::string type;
  double quality = 1;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

// Takes what stands before the next `mark` off the text.
std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(part);
}

// "0", "0.5", "1.000"; anything else counts as 1.
double quality_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 1;
  double value = text[0] - '0';
  double weight = 0.1;
  for (std::size_t i = 2; i < text.size(); ++i, weight /= 10)
    if (text[i] >= '0' && text[i] <= '9') value += weight * (text[i] - '0');
  return std::min(value, 1.0);
}

AcceptedRange range_of(std::string_view text) {
  AcceptedRange range;
  range.type = lower(take_until(text, ';'));
  while (!text.empty()) {
    const std::string parameter = lower(take_until(text, ';'));
    if (parameter.starts_with("q=")) range.quality = quality_of(parameter.substr(2));
  }
  return range;
}

// 0: no match; the more exact, the higher.
int exactness(const std::string& range, const std::string& type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  const bool any_subtype = range.ends_with("/*");
  return any_subtype && type.starts_with(range.substr(0, range.size() - 1)) ? 2 : 0;
}

double quality_for(const std::vector<AcceptedRange>& ranges, const std::string& type) {
  int best = 0;
  double quality = 0;
  for (const AcceptedRange& range : ranges) {
    const int exact = exactness(range.type, type);
    if (exact <= best) continue;
    best = exact;
    quality = range.quality;
  }
  return quality;
}

}  // namespace

std::optional<std::string> choose_media_type(std::string_view accept,
                                             const std::vector<std::string>& offered) {
  std::vector<AcceptedRange> ranges;
  while (!accept.empty()) {
    const std::string_view part = take_until(accept, ',');
    if (!part.empty()) ranges.push_back(range_of(part));
  }
  if (ranges.empty()) return offered.front();
  std::optional<std::string> chosen;
  double best = 0;
  for (const std::string& type : offered) {
    const double quality = quality_for(ranges, media_type_of(type));
    if (quality <= best) continue;
    best = quality;
    chosen = type;
  }
  return chosen;
}

std::string media_type_of(std::string_view content_type) {
  return lower(take_until(content_type, ';'));
}

}  // namespace mobilake::serve

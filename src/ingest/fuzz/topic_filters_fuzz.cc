// SPDX-License-Identifier: Apache-2.0
// Takes the first line of the input as a filter or template, the rest as a topic, and compares the
// matcher with a slow one that follows the words of the specification.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "ingest/mqtt/topic.h"

namespace {

using namespace mobilake::ingest::mqtt;

std::vector<std::string_view> levels_of(std::string_view text) {
  std::vector<std::string_view> levels;
  while (true) {
    const std::size_t slash = text.find('/');
    levels.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return levels;
    text.remove_prefix(slash + 1);
  }
}

bool slow_match(std::span<const std::string_view> filter, std::span<const std::string_view> topic) {
  if (filter.empty()) return topic.empty();
  if (filter[0] == "#") return true;
  if (topic.empty()) return false;
  if (filter[0] != "+" && filter[0] != topic[0]) return false;
  return slow_match(filter.subspan(1), topic.subspan(1));
}

bool slow_topic_matches(std::string_view filter, std::string_view topic) {
  const auto filter_levels = levels_of(filter);
  const auto topic_levels = levels_of(topic);
  const bool wildcard = filter_levels[0] == "+" || filter_levels[0] == "#";
  return !(wildcard && topic.starts_with('$')) && slow_match(filter_levels, topic_levels);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t line = bytes.find('\n');
  const std::string_view filter = bytes.substr(0, line);
  const std::string_view topic =
      line == std::string_view::npos ? std::string_view{} : bytes.substr(line + 1);
  // The slow matcher goes one call deeper a level.
  if (level_count(filter) > 1'000) return 0;
  const bool plain = is_topic_filter(filter) && !shared_filter(filter);
  if (plain && is_topic_name(topic))
    MOBILAKE_CHECK(topic_matches(filter, topic) == slow_topic_matches(filter, topic));
  if (is_topic_name(topic)) {
    MOBILAKE_CHECK(topic_matches(topic, topic));
    if (!topic.starts_with("$share/")) MOBILAKE_CHECK(is_topic_filter(topic));
  }
  const auto made = TopicTemplate::parse(filter);
  if (!made.ok()) return 0;
  const auto parts = made->match(topic);
  if (parts) {
    MOBILAKE_CHECK(!parts->vehicle.empty() && parts->vehicle.find('/') == std::string_view::npos);
    MOBILAKE_CHECK(topic.find(parts->vehicle) != std::string_view::npos);
  }
  return 0;
}

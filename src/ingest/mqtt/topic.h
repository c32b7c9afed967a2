// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Topic names and filters: MQTT 3.1.1 and 5, section 4.7. All here is pure; any thread.
namespace mobilake::ingest::mqtt {

/// Returns whether `bytes` is a UTF-8 string as MQTT wants it (section 1.5.4): well-formed, no
/// U+0000.
bool is_text(std::string_view bytes);

/// Returns whether `topic` can name a topic: one byte or more of text, no '+' and no '#'.
bool is_topic_name(std::string_view topic);

/// Returns whether `filter` can select topics: '+' alone in its level, '#' alone in the last one,
/// and a "$share/" filter whole.
bool is_topic_filter(std::string_view filter);

/// Returns whether `filter` selects `topic`. `a/#` selects `a`; a wildcard in front never selects a
/// topic that begins with '$'. Requires: is_topic_filter(filter), and no shared one.
bool topic_matches(std::string_view filter, std::string_view topic);

/// A shared subscription taken apart (MQTT 5 section 4.8.2).
struct SharedFilter {
  std::string_view group;
  std::string_view filter;
};

/// Returns the parts of "$share/{group}/{filter}", or nothing where it is an ordinary or broken
/// filter.
std::optional<SharedFilter> shared_filter(std::string_view filter);

/// Returns the number of levels: "a/b" has two.
std::size_t level_count(std::string_view topic);

/// What a topic template finds in a topic.
struct TopicParts {
  std::string_view vehicle;
  std::string_view kind;  ///< "telemetry", "can/1"; empty where the template has no {kind}
};

/// How vehicle topics are built, e.g. `vehicles/{vehicle}/{kind...}`.
///
/// A level is a word, `{vehicle}` (once), `{kind}` (one level; at the end the rest of the topic) or
/// `{kind...}` (only at the end). Matching allocates nothing. Thread safety: a value.
class TopicTemplate {
 public:
  /// Fails with: invalid.
  static Result<TopicTemplate> parse(std::string_view text);

  /// Returns the parts of `topic`, as views into it, or nothing where it is built otherwise or
  /// where vehicle or kind would be empty.
  std::optional<TopicParts> match(std::string_view topic) const;

  const std::string& text() const { return text_; }

 private:
  enum class Level { kWord, kVehicle, kKind, kRest };
  struct Piece {
    Level level;
    std::string word;
  };

  static Result<Piece> parse_piece(std::string_view level, bool last);

  std::string text_;
  std::vector<Piece> pieces_;
};

}  // namespace mobilake::ingest::mqtt

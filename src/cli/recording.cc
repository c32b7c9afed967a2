// SPDX-License-Identifier: Apache-2.0
#include "cli/recording.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace mobilake::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLineMax = 4u << 20;
constexpr std::string_view kSpace = " \t\r\n";

// Finds the values of a JSON object's own fields as places in its text, so that the rest keeps its
// bytes. The text must be JSON already; nested values are skipped by their brackets.
class FieldScanner {
 public:
  explicit FieldScanner(std::string_view text) : text_(text) {}

  // Returns the text of the field's value, or nothing.
  std::optional<std::string_view> find(std::string_view name) const {
    std::size_t at = skip_space(0);
    if (at >= text_.size() || text_[at] != '{') return std::nullopt;
    at = skip_space(at + 1);
    while (at < text_.size() && text_[at] == '"') {
      const std::size_t name_end = skip_value(at);
      const std::string_view found = text_.substr(at + 1, name_end - at - 2);
      const std::size_t value = skip_space(skip_space(name_end) + 1);
      const std::size_t value_end = skip_value(value);
      if (found == name) return text_.substr(value, value_end - value);
      at = skip_space(value_end);
      if (at < text_.size() && text_[at] == ',') at = skip_space(at + 1);
    }
    return std::nullopt;
  }

 private:
  std::size_t skip_space(std::size_t at) const {
    return std::min(text_.find_first_not_of(kSpace, at), text_.size());
  }

  std::size_t skip_text(std::size_t at) const {
    for (++at; at < text_.size() && text_[at] != '"'; ++at)
      if (text_[at] == '\\') ++at;
    return std::min(at + 1, text_.size());
  }

  std::size_t skip_value(std::size_t at) const {
    if (at >= text_.size()) return text_.size();
    if (text_[at] == '"') return skip_text(at);
    if (text_[at] != '{' && text_[at] != '[')
      return std::min(text_.find_first_of(",}] \t\r\n", at), text_.size());
    std::size_t depth = 0;
    while (at < text_.size()) {
      const char c = text_[at];
      if (c == '"') {
        at = skip_text(at);
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at;
      if (depth == 0) return at;
    }
    return at;
  }

  std::string_view text_;
};

bool read_digits(std::string_view text, std::size_t at, std::size_t count, int& value) {
  const char* begin = text.data() + at;
  const auto [end, failure] = std::from_chars(begin, begin + count, value);
  return failure == std::errc() && end == begin + count;
}

// Returns `time` as RFC 3339 with as many digits after the second as `like` has.
std::string format_like(Timestamp time, std::string_view like) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(seconds - day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  // The shift is whole seconds: what stands behind them stays.
  return text + std::string(like.substr(text.size()));
}

class GzipReader final : public RecordingReader {
 public:
  GzipReader(gzFile file, std::string path) : file_(file), path_(std::move(path)) {}
  ~GzipReader() override { gzclose(file_); }

  Result<std::optional<RecordedMessage>> next() override {
    std::string line;
    do {
      MOBILAKE_ASSIGN(const bool more, read_line(line));
      if (!more) return std::optional<RecordedMessage>();
    } while (line.find_first_not_of(kSpace) == std::string::npos);
    Result<RecordedMessage> message = parse_recorded_line(line);
    if (!message.ok()) return invalid("{} line {}: {}", path_, number_, message.error().message);
    return std::optional<RecordedMessage>(std::move(message).value());
  }

 private:
  Result<bool> read_line(std::string& line) {
    line.clear();
    char piece[65'536];
    while (line.empty() || line.back() != '\n') {
      if (gzgets(file_, piece, sizeof piece) == nullptr) {
        int code = Z_OK;
        const char* why = gzerror(file_, &code);
        if (code != Z_OK && code != Z_STREAM_END) return corrupt("{}: {}", path_, why);
        break;
      }
      line += piece;
      if (line.size() > kLineMax) return invalid("{} line {} is too long", path_, number_ + 1);
    }
    number_ += 1;
    return !line.empty();
  }

  gzFile file_;
  std::string path_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::optional<Timestamp> parse_utc(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (text.size() < 20 || text.back() != 'Z' || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  if (!read_digits(text, 0, 4, year) || !read_digits(text, 5, 2, month) ||
      !read_digits(text, 8, 2, day) || !read_digits(text, 11, 2, hour) ||
      !read_digits(text, 14, 2, minute) || !read_digits(text, 17, 2, second))
    return std::nullopt;
  std::int64_t micros = 0;
  std::string_view fraction = text.substr(19, text.size() - 20);
  if (!fraction.empty()) {
    if (fraction[0] != '.' || fraction.size() < 2) return std::nullopt;
    std::string digits(fraction.substr(1));
    if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    digits.resize(6, '0');
    micros = std::stoll(digits);
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + base::microseconds(micros);
}

Result<RecordedMessage> parse_recorded_line(std::string_view line) {
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object()) return invalid("it is no JSON object");
  const auto topic = parsed.find("topic");
  const auto payload = parsed.find("payload");
  if (topic == parsed.end() || !topic->is_string() || payload == parsed.end())
    return invalid("it has no topic or no payload");
  RecordedMessage message;
  message.topic = topic->get<std::string>();
  if (payload->is_string()) {
    message.payload = payload->get<std::string>();
  } else {
    // The text itself: another writer would write its numbers otherwise.
    const std::optional<std::string_view> text = FieldScanner(line).find("payload");
    message.payload = text.has_value() ? std::string(*text) : payload->dump();
    message.is_json = payload->is_object();
  }
  const auto at = parsed.find("ts");
  if (at != parsed.end() && at->is_string()) message.at = parse_utc(at->get<std::string>());
  const auto offset = parsed.find("arrival_offset_ms");
  if (offset != parsed.end() && offset->is_number_integer())
    message.arrival = milliseconds(offset->get<std::int64_t>());
  else if (message.at.has_value())
    message.arrival = std::chrono::duration_cast<milliseconds>(message.at->time_since_epoch());
  return message;
}

std::string shift_event_time(const std::string& payload, std::chrono::seconds shift) {
  const std::optional<std::string_view> value = FieldScanner(payload).find("ts");
  if (!value.has_value() || value->empty()) return payload;
  std::string shifted;
  if (value->front() == '"' && value->size() >= 2) {
    const std::string_view text = value->substr(1, value->size() - 2);
    const std::optional<Timestamp> time = parse_utc(text);
    if (!time.has_value()) return payload;
    shifted = "\"" + format_like(*time + shift, text) + "\"";
  } else {
    std::int64_t epoch_ms = 0;
    const auto [end, failure] =
        std::from_chars(value->data(), value->data() + value->size(), epoch_ms);
    if (failure != std::errc() || end != value->data() + value->size()) return payload;
    shifted = std::to_string(epoch_ms + milliseconds(shift).count());
  }
  const auto begin = static_cast<std::size_t>(value->data() - payload.data());
  return payload.substr(0, begin) + shifted + payload.substr(begin + value->size());
}

Result<std::unique_ptr<RecordingReader>> RecordingReader::open(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return not_found("there is no readable file {}", path);
  return std::unique_ptr<RecordingReader>(std::make_unique<GzipReader>(file, path));
}

Result<RecordingSummary> summarize_recording(const std::string& path) {
  constexpr auto kPlausible = std::chrono::minutes(1);
  MOBILAKE_ASSIGN(const auto reader, RecordingReader::open(path));
  RecordingSummary summary;
  bool begun = false;
  while (true) {
    MOBILAKE_ASSIGN(const auto message, reader->next());
    if (!message.has_value()) return summary;
    if (summary.messages == 0) summary.first_arrival = message->arrival;
    summary.messages += 1;
    summary.last_arrival = std::max(summary.last_arrival, message->arrival);
    if (!message->at.has_value()) continue;
    // A message arrives after its event, so the begin is no earlier than the event less its offset;
    // a clock far ahead says nothing.
    const Timestamp earliest = *message->at - message->arrival;
    if (!begun || (earliest > summary.begin && earliest < summary.begin + kPlausible))
      summary.begin = earliest;
    begun = true;
  }
}

}  // namespace mobilake::cli

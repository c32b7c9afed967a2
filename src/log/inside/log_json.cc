// SPDX-License-Identifier: Apache-2.0
#include "log/log_json.h"

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace mobilake::log {
namespace {

using Json = nlohmann::ordered_json;

// RFC 4648 section 4, with padding.
std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= group.size() ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

// Written out: not every version of fmt prints parts of a second.
std::string rfc3339(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", seconds, rest.count());
}

Json incidents_of(const std::vector<LogIncident>& incidents) {
  Json items = Json::array();
  for (const LogIncident& incident : incidents)
    items.push_back(
        {{"file", incident.file}, {"offset", incident.file_offset}, {"what", incident.what}});
  return items;
}

// Names and words in incidents are ours; what senders wrote is checked before it is put in.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string segments_json(const std::vector<SegmentInfo>& segments,
                          const std::vector<LogIncident>& incidents) {
  Json items = Json::array();
  for (const SegmentInfo& segment : segments)
    items.push_back({{"file", segment.file},
                     {"family", family_name(segment.family)},
                     {"number", segment.number},
                     {"writer", segment.writer},
                     {"sealed", segment.sealed},
                     {"bytes", segment.size_bytes},
                     {"frames", segment.frame_count},
                     {"records", segment.record_count}});
  return text_of({{"items", std::move(items)}, {"incidents", incidents_of(incidents)}});
}

std::string records_json(const std::vector<KeptRecord>& records, ShowContents contents) {
  Json items = Json::array();
  for (const KeptRecord& record : records) {
    Json item = {{"partition", record.partition.value()},
                 {"offset", record.offset.value()},
                 {"stream", record.stream},
                 {"received_at", rfc3339(record.received_at)},
                 {"bytes", record.payload.size()}};
    if (contents == ShowContents::kYes) {
      item["topic"] = record.topic;
      if (base::is_valid_utf8(record.payload))
        item["payload"] = record.payload;
      else
        item["payload_base64"] = base64(record.payload);
    }
    items.push_back(std::move(item));
  }
  return text_of({{"items", std::move(items)}});
}

std::string verdict_json(const LogVerdict& verdict) {
  return text_of({{"segments", verdict.segments},
                  {"frames", verdict.frames},
                  {"records", verdict.records},
                  {"incidents", incidents_of(verdict.incidents)}});
}

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"
#include "govern/resource.h"
#include "log/log_json.h"
#include "serve/http/inside/log_look.h"
#include "serve/http/resources/resources.h"
#include "serve/http/results/base64.h"
#include "serve/http/results/time_text.h"

namespace mobilake::serve {
namespace {

using model::Action;

constexpr std::size_t kRecordsDefault = 20;
constexpr std::size_t kAnswerBytesMax = 16 << 20;
constexpr std::string_view kIncidentSchema = R"({
  "type":"object","required":["file","offset","what"],"properties":{
    "file":{"type":"string"},"offset":{"type":"integer"},"what":{"type":"string"}}})";
constexpr std::string_view kSegmentSchema = R"({
  "type":"object",
  "required":["file","family","number","writer","sealed","bytes","frames","records"],
  "properties":{"file":{"type":"string"},"family":{"type":"string","enum":["data","system"]},
    "number":{"type":"integer"},"writer":{"type":"integer"},"sealed":{"type":"boolean"},
    "bytes":{"type":"integer"},"frames":{"type":"integer"},"records":{"type":"integer"}}})";
constexpr std::string_view kRecordsSchema = R"({
  "type":"object","required":["items"],"properties":{"items":{"type":"array","items":{
    "type":"object","required":["partition","offset","stream","received_at","bytes"],
    "properties":{"partition":{"type":"integer"},"offset":{"type":"integer"},
      "stream":{"type":"string"},"received_at":{"type":"string","format":"date-time"},
      "bytes":{"type":"integer"},"topic":{"type":"string"},"payload":{"type":"string"},
      "payload_base64":{"type":"string"}}}}}})";
constexpr std::string_view kRecordParameters = R"([
  {"name":"family","in":"query","schema":{"type":"string","enum":["data","system"],
    "default":"data"}},
  {"name":"partition","in":"query","schema":{"type":"integer","minimum":0,"maximum":65535,
    "default":0}},
  {"name":"from","in":"query","description":"the first offset",
    "schema":{"type":"integer","minimum":0,"default":0}},
  {"name":"limit","in":"query","schema":{"type":"integer","minimum":1,"maximum":1000,
    "default":20}}])";

net::Answer answer_of(std::string json) {
  net::Answer answer;
  answer.headers["content-type"] = "application/json";
  answer.body = std::move(json);
  return answer;
}

Result<net::Answer> list_segments(DoorState& state, const Call& call) {
  MOBILAKE_TRY(state.decisions.decide(call, Action::kDescribe, govern::server_resource("log")));
  return answer_of(log::segments_json(state.parts.log.segments(), state.parts.log.incidents()));
}

// What a caller may see of the log's records: metadata with the server's log, topic and payload
// with the stream. Each stream is decided, and recorded, once a request.
class RecordView {
 public:
  RecordView(DoorState& state, const Call& call, log::Family family)
      : state_(state), call_(call), family_(family) {}

  Result<> open() {
    const auto whole =
        state_.decisions.decide_on_record(call_, Action::kDescribe, govern::server_resource("log"));
    sees_metadata_ = whole.ok();
    const bool refused = !whole.ok() && (whole.error().code == Code::kDenied ||
                                         whole.error().code == Code::kNotFound);
    if (!whole.ok() && !refused) return whole.error();
    return {};
  }

  // Returns what is shown of the record, or null.
  Result<Json> shown(const LogRange& range, std::string_view stream, log::Offset offset,
                     const log::RecordView& record) {
    MOBILAKE_ASSIGN(const bool reads, reads_stream(stream));
    if (!reads && !sees_metadata_) return Json(nullptr);
    Json json = {{"partition", range.partition.value()},
                 {"offset", offset.value()},
                 {"stream", stream},
                 {"received_at", rfc3339(record.received_at)},
                 {"bytes", record.payload.size()}};
    if (!reads) return json;
    json["topic"] = record.topic;
    if (base::is_valid_utf8(record.payload))
      json["payload"] = record.payload;
    else
      json["payload_base64"] = base64(record.payload);
    return json;
  }

 private:
  Result<bool> reads_stream(std::string_view stream) {
    if (const auto known = streams_.find(stream); known != streams_.end()) return known->second;
    // A stream of the data family is named by its account; those of the system belong to it.
    const std::string resource = family_ == log::Family::kData
                                     ? govern::stream_resource(stream)
                                     : fmt::format("stream/system/{}", stream);
    const auto permit = state_.decisions.decide(call_, Action::kSelect, resource);
    // Who sees nothing of a stream is told nothing, so there is nothing to record.
    if (permit.ok())
      MOBILAKE_TRY(state_.decisions.decide_on_record(call_, Action::kSelect, resource));
    streams_.emplace(stream, permit.ok());
    return permit.ok();
  }

  DoorState& state_;
  const Call& call_;
  log::Family family_;
  bool sees_metadata_ = false;
  std::map<std::string, bool, std::less<>> streams_;
};

Result<net::Answer> list_records(DoorState& state, const Call& call) {
  LogRange range;
  range.family = call.text("family") == "system" ? log::Family::kSystem : log::Family::kData;
  range.partition = log::PartitionId(static_cast<std::uint16_t>(call.number("partition", 0)));
  range.from = log::Offset(call.number("from", 0));
  const std::size_t limit = call.number("limit", kRecordsDefault);
  if (range.partition.value() >= state.parts.log.partition_count())
    return invalid("the log has partitions 0 to {}, this is {}",
                   state.parts.log.partition_count() - 1, range.partition.value());
  RecordView view(state, call, range.family);
  MOBILAKE_TRY(view.open());
  Json items = Json::array();
  Result<> shown;
  std::size_t bytes = 0;
  const auto take = [&](std::string_view stream, log::Offset offset,
                        const log::RecordView& record) {
    auto json = view.shown(range, stream, offset, record);
    if (!json.ok()) {
      shown = json.error();
      return false;
    }
    if (!json->is_null()) items.push_back(*std::move(json));
    bytes += record.payload.size() + record.topic.size();
    return items.size() < limit && bytes < kAnswerBytesMax;
  };
  MOBILAKE_TRY(look_at_records(state.parts.log, range, state.config.log_read_size.value, take));
  MOBILAKE_TRY(shown);
  return json_answer(200, {{"items", std::move(items)}});
}

Result<net::Answer> verify_log(DoorState& state, const Call& call) {
  MOBILAKE_TRY(
      state.decisions.decide_on_record(call, Action::kManage, govern::server_resource("log")));
  const auto slot = state.verifications.take();
  if (!slot.has_value()) return unavailable("the log is being verified already; ask again later");
  MOBILAKE_ASSIGN(const log::LogVerdict verdict, state.parts.log.verify());
  return answer_of(log::verdict_json(verdict));
}

}  // namespace

std::vector<Operation> log_operations(DoorState& state) {
  std::vector<Operation> operations;
  Operation segments =
      operation("GET", "/api/v1/log/segments", "listSegments", "Lists the files of the log");
  segments.route.response_body = fmt::format(
      R"({{"type":"object","required":["items","incidents"],"properties":{{)"
      R"("items":{{"type":"array","items":{}}},"incidents":{{"type":"array","items":{}}}}}}})",
      kSegmentSchema, kIncidentSchema);
  segments.handle = [&state](const Call& call) { return list_segments(state, call); };
  operations.push_back(std::move(segments));

  Operation records =
      operation("GET", "/api/v1/log/records", "listRecords",
                "Shows records of a partition; topic and payload to who may read the stream");
  records.route.parameters = kRecordParameters;
  records.route.response_body = kRecordsSchema;
  records.handle = [&state](const Call& call) { return list_records(state, call); };
  operations.push_back(std::move(records));

  Operation verify = operation("POST", "/api/v1/log/verify", "verifyLog",
                               "Reads every frame and compares its checksum");
  verify.route.request_body = R"({"type":"object","additionalProperties":false,"properties":{}})";
  verify.route.response_body =
      fmt::format(R"({{"type":"object","required":["segments","frames","records","incidents"],)"
                  R"("properties":{{"segments":{{"type":"integer"}},"frames":{{"type":"integer"}},)"
                  R"("records":{{"type":"integer"}},"incidents":{{"type":"array","items":{}}}}}}})",
                  kIncidentSchema);
  verify.handle = [&state](const Call& call) { return verify_log(state, call); };
  operations.push_back(std::move(verify));
  return operations;
}

}  // namespace mobilake::serve

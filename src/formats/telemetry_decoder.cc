// SPDX-License-Identifier: Apache-2.0
#include "formats/telemetry_decoder.h"

#include <simdjson.h>

#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "formats/inside/decimal_text.h"
#include "formats/inside/telemetry/number_token.h"
#include "formats/inside/telemetry/payload_paths.h"
#include "formats/inside/telemetry/plain_walk.h"
#include "formats/inside/telemetry/row_scratch.h"
#include "formats/inside/timestamp_text.h"

namespace mobilake::formats {
namespace {

using Kind = ColumnType::Kind;
using Json = simdjson::ondemand::value;
using JsonType = simdjson::ondemand::json_type;

constexpr std::size_t kBlanksPadded =
    1024;  // keys are compared within it, so no longer key is mapped

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// Reads one message at a time: as plain text, or else with simdjson's on-demand walk.
class TelemetryDecoder final : public PayloadDecoder {
 public:
  TelemetryDecoder(const DecoderMapping& mapping, const DecoderConfig& config)
      : mapping_(mapping),
        config_(config),
        fields_(table_fields(mapping)),
        paths_(build_paths(mapping_)),
        bounds_(bounds_of(mapping_.columns)),
        plain_(bounds_, *paths_, config_.depth_max, row_) {
    row_.slots.resize(mapping_.columns.size());
  }

  ColumnBatch new_batch() const override { return ColumnBatch(fields_); }
  std::uint64_t rounded_values() const override { return rounded_; }
  std::optional<Refusal> decode(std::string_view payload, const MessageContext& context,
                                ColumnBatch& batch) override;

 private:
  using Outcome = std::optional<Refusal>;

  Outcome read_payload(std::string_view payload);
  Outcome read_object(simdjson::ondemand::object object, PathNode& node, int depth);
  const PathMember* find_member(simdjson::ondemand::field& field, PathNode& node,
                                const PathMember* previous, std::string_view& key);
  Outcome read_member(const PathMember& member, Json value, int depth);
  Outcome read_nested(const PathMember& member, Json value, int depth);
  Outcome read_vehicle(Json value);
  Outcome read_timestamp(Json value);
  Outcome read_sequence(Json value);
  Outcome read_signal(const PathMember& member, Json value);
  Outcome read_list(std::size_t index, Json value, SignalSlot& slot);
  std::string_view full_key(const PathNode& node, std::string_view key);
  Outcome read_extra(std::string_view key, Json value);
  Outcome check_row(const MessageContext& context) const;
  Outcome bad_json() const;
  Outcome refuse(RefusalCause cause, std::size_t index) const {
    return Refusal{cause, mapping_.columns[index].name};
  }

  const DecoderMapping mapping_;
  const DecoderConfig config_;
  const std::vector<Field> fields_;
  const std::unique_ptr<PathNode> paths_;
  const std::vector<SignalBounds> bounds_;
  RowScratch row_;
  PlainWalk plain_;
  std::uint64_t rounded_ = 0;
  std::string key_;     // reused
  std::string buffer_;  // the payload with the padding that simdjson reads over
  std::size_t payload_size_ = 0;
  simdjson::ondemand::parser parser_;
  simdjson::dom::parser strict_parser_;  // checks what the walk would skip
};

std::optional<Refusal> TelemetryDecoder::decode(std::string_view payload,
                                                const MessageContext& context, ColumnBatch& batch) {
  row_.clear();
  payload = trim_end(payload);
  Outcome refusal;
  if (!plain_.read(payload)) {
    row_.clear();
    refusal = read_payload(payload);
  }
  if (!refusal && row_.repeats_extra()) refusal = Refusal{RefusalCause::kRepeatedMember, "extra"};
  if (!refusal) refusal = check_row(context);
  if (refusal) {
    if (row_.timestamp)
      refusal->device_time = Timestamp(std::chrono::microseconds(*row_.timestamp));
    return refusal;
  }
  row_.append_to(batch, context);
  rounded_ += row_.rounded;
  return std::nullopt;
}

TelemetryDecoder::Outcome TelemetryDecoder::bad_json() const {
  const std::string_view payload = trim_end({buffer_.data(), payload_size_});
  const bool ends_well = payload.ends_with('}');
  return Refusal{ends_well ? RefusalCause::kBadJson : RefusalCause::kTruncatedJson, ""};
}

TelemetryDecoder::Outcome TelemetryDecoder::read_payload(std::string_view payload) {
  if (payload.empty()) return Refusal{RefusalCause::kEmptyPayload, ""};
  payload_size_ = payload.size();
  if (buffer_.size() < payload.size() + kBlanksPadded)
    buffer_.resize(payload.size() + kBlanksPadded);
  std::memcpy(buffer_.data(), payload.data(), payload.size());
  std::memset(buffer_.data() + payload.size(), 0, simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  const simdjson::padded_string_view padded(buffer_.data(), payload.size(), buffer_.size());
  if (parser_.iterate(padded).get(document) != simdjson::SUCCESS) return bad_json();
  if (document.get_object().get(object) != simdjson::SUCCESS) return bad_json();
  if (auto refusal = read_object(object, *paths_, 1)) return refusal;
  // The end of the object must be the end of the bytes.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return bad_json();
  return std::nullopt;
}

const PathMember* TelemetryDecoder::find_member(simdjson::ondemand::field& field, PathNode& node,
                                                const PathMember* previous, std::string_view& key) {
  const char* raw = field.key().raw();
  for (const PathMember* const expected : node.expected_after(previous)) {
    if (expected == nullptr) break;
    const std::string& wanted = expected->key;
    // The buffer is padded by more than any mapped key is long.
    if (std::memcmp(raw, wanted.data(), wanted.size()) == 0 && raw[wanted.size()] == '"') {
      key = wanted;
      return expected;
    }
  }
  if (field.unescaped_key().get(key) != simdjson::SUCCESS) {
    key = {};
    return nullptr;
  }
  return node.find(key, previous);
}

TelemetryDecoder::Outcome TelemetryDecoder::read_object(simdjson::ondemand::object object,
                                                        PathNode& node, int depth) {
  if (depth > config_.depth_max) return Refusal{RefusalCause::kBadJson, ""};
  const PathMember* previous = nullptr;
  for (auto result : object) {
    simdjson::ondemand::field field;
    if (std::move(result).get(field) != simdjson::SUCCESS) return bad_json();
    std::string_view key;
    const PathMember* member = find_member(field, node, previous, key);
    if (key.data() == nullptr) return bad_json();
    auto refusal = member != nullptr ? read_member(*member, field.value(), depth)
                                     : read_extra(full_key(node, key), field.value());
    if (refusal) return refusal;
    if (member != nullptr) previous = member;
  }
  return std::nullopt;
}

TelemetryDecoder::Outcome TelemetryDecoder::read_member(const PathMember& member, Json value,
                                                        int depth) {
  switch (member.kind) {
    case PathMember::Kind::kColumn:
      return read_signal(member, value);
    case PathMember::Kind::kVehicle:
      return read_vehicle(value);
    case PathMember::Kind::kTimestamp:
      return read_timestamp(value);
    case PathMember::Kind::kSequence:
      return read_sequence(value);
    case PathMember::Kind::kSignals:
      if (std::exchange(row_.signals_seen, true))
        return Refusal{RefusalCause::kRepeatedMember, mapping_.signals_path};
      return read_nested(member, value, depth);
    case PathMember::Kind::kObject:
      return read_nested(member, value, depth);
  }
  return std::nullopt;
}

TelemetryDecoder::Outcome TelemetryDecoder::read_nested(const PathMember& member, Json value,
                                                        int depth) {
  if (trim_end(value.raw_json_token()) == "null") return std::nullopt;
  simdjson::ondemand::object object;
  const auto failure = value.get_object().get(object);
  if (failure == simdjson::INCORRECT_TYPE) return Refusal{RefusalCause::kWrongType, member.key};
  if (failure != simdjson::SUCCESS) return bad_json();
  return read_object(object, *member.node, depth + 1);
}

TelemetryDecoder::Outcome TelemetryDecoder::read_vehicle(Json value) {
  if (std::exchange(row_.vehicle_seen, true))
    return Refusal{RefusalCause::kRepeatedMember, "vehicle_id"};
  if (trim_end(value.raw_json_token()) == "null") return std::nullopt;
  std::string_view vehicle;
  const auto failure = value.get_string().get(vehicle);
  if (failure == simdjson::INCORRECT_TYPE) return Refusal{RefusalCause::kWrongType, "vehicle_id"};
  if (failure != simdjson::SUCCESS) return bad_json();
  row_.vehicle = vehicle;
  return std::nullopt;
}

TelemetryDecoder::Outcome TelemetryDecoder::read_timestamp(Json value) {
  if (std::exchange(row_.timestamp_seen, true)) return Refusal{RefusalCause::kRepeatedMember, "ts"};
  const std::string_view token = trim_end(value.raw_json_token());
  if (token.starts_with('"')) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return bad_json();
    row_.timestamp = parse_rfc3339(text);
  } else {
    const auto number = parse_decimal_text(token, kEpochMillisScale, kDigitsMax);
    const bool fits =
        number.outcome == DecimalOutcome::kExact || number.outcome == DecimalOutcome::kRounded;
    if (fits) row_.timestamp = number.scaled;
  }
  if (!row_.timestamp) return Refusal{RefusalCause::kBadTimestamp, "ts"};
  return std::nullopt;
}

TelemetryDecoder::Outcome TelemetryDecoder::read_sequence(Json value) {
  if (std::exchange(row_.sequence_seen, true)) return Refusal{RefusalCause::kRepeatedMember, "seq"};
  const std::string_view token = trim_end(value.raw_json_token());
  if (token == "null") return std::nullopt;
  const auto number = parse_decimal_text(token, 0, kDigitsMax);
  if (number.outcome == DecimalOutcome::kTooLarge) return Refusal{RefusalCause::kOutOfRange, "seq"};
  if (number.outcome != DecimalOutcome::kExact) return Refusal{RefusalCause::kWrongType, "seq"};
  row_.sequence = number.scaled;
  return std::nullopt;
}

TelemetryDecoder::Outcome TelemetryDecoder::read_signal(const PathMember& member, Json value) {
  const std::size_t index = member.column;
  SignalSlot& slot = row_.slots[index];
  if (slot.state != SignalSlot::State::kMissing)
    return refuse(RefusalCause::kRepeatedMember, index);
  const std::string_view token = trim_end(value.raw_json_token());
  if (token == "null") {
    slot.state = SignalSlot::State::kNull;
    return std::nullopt;
  }
  slot.state = SignalSlot::State::kValue;
  switch (mapping_.columns[index].type.kind) {
    case Kind::kDouble:
      if (const auto cause = read_double_token(token, bounds_[index], slot))
        return refuse(*cause, index);
      return std::nullopt;
    case Kind::kBoolean:
      if (token != "true" && token != "false") return refuse(RefusalCause::kWrongType, index);
      slot.integer = token == "true" ? 1 : 0;
      return std::nullopt;
    case Kind::kString:
      if (!token.starts_with('"')) return refuse(RefusalCause::kWrongType, index);
      return value.get_string().get(slot.text) == simdjson::SUCCESS ? std::nullopt : bad_json();
    case Kind::kTextList:
      return read_list(index, value, slot);
    case Kind::kTimestamp: {
      std::string_view text;
      if (!token.starts_with('"')) return refuse(RefusalCause::kWrongType, index);
      if (value.get_string().get(text) != simdjson::SUCCESS) return bad_json();
      const auto moment = parse_rfc3339(text);
      if (!moment) return refuse(RefusalCause::kWrongType, index);
      slot.integer = *moment;
      return std::nullopt;
    }
    default:
      if (const auto cause = read_integer_token(token, member.type, member.exponent, bounds_[index],
                                                slot, row_.rounded))
        return refuse(*cause, index);
      return std::nullopt;
  }
}

TelemetryDecoder::Outcome TelemetryDecoder::read_list(std::size_t index, Json value,
                                                      SignalSlot& slot) {
  simdjson::ondemand::array array;
  const auto failure = value.get_array().get(array);
  if (failure == simdjson::INCORRECT_TYPE) return refuse(RefusalCause::kWrongType, index);
  if (failure != simdjson::SUCCESS) return bad_json();
  for (auto result : array) {
    Json item;
    std::string_view text;
    if (std::move(result).get(item) != simdjson::SUCCESS) return bad_json();
    const auto wrong = item.get_string().get(text);
    if (wrong == simdjson::INCORRECT_TYPE) return refuse(RefusalCause::kWrongType, index);
    if (wrong != simdjson::SUCCESS) return bad_json();
    slot.texts.push_back(text);
  }
  return std::nullopt;
}

// Returns the path from the message's top, in a buffer that the next call uses again.
std::string_view TelemetryDecoder::full_key(const PathNode& node, std::string_view key) {
  key_.assign(node.prefix()).append(key);
  return key_;
}

TelemetryDecoder::Outcome TelemetryDecoder::read_extra(std::string_view key, Json value) {
  JsonType type;
  if (value.type().get(type) != simdjson::SUCCESS) return bad_json();
  std::string_view text;
  if (type == JsonType::string) {
    if (value.get_string().get(text) != simdjson::SUCCESS) return bad_json();
  } else {
    simdjson::ondemand::object object;
    simdjson::ondemand::array array;
    simdjson::error_code failure = simdjson::SUCCESS;
    if (type == JsonType::object) {
      failure = value.get_object().get(object);
      if (failure == simdjson::SUCCESS) failure = object.raw_json().get(text);
    } else if (type == JsonType::array) {
      failure = value.get_array().get(array);
      if (failure == simdjson::SUCCESS) failure = array.raw_json().get(text);
    } else {
      text = trim_end(value.raw_json_token());
    }
    // The walk skips over nested values without looking; what is kept as text must be JSON.
    if (failure != simdjson::SUCCESS ||
        strict_parser_.parse(text.data(), text.size()).error() != simdjson::SUCCESS)
      return bad_json();
    if (text == "null") return std::nullopt;
  }
  row_.extra_keys.append(key);
  row_.extra_values.append(text);
  return std::nullopt;
}

TelemetryDecoder::Outcome TelemetryDecoder::check_row(const MessageContext& context) const {
  const bool vehicle_needed = !mapping_.vehicle_path.empty() && !row_.signals_seen;
  if (vehicle_needed && !row_.vehicle) return Refusal{RefusalCause::kNoVehicle, "vehicle_id"};
  if (row_.vehicle && *row_.vehicle != context.vehicle)
    return Refusal{RefusalCause::kVehicleNotTopic, "vehicle_id"};
  if (!row_.timestamp) return Refusal{RefusalCause::kBadTimestamp, "ts"};
  if (!context.vehicle_known) return Refusal{RefusalCause::kUnknownVehicle, "vehicle_id"};
  const Timestamp moment{std::chrono::microseconds(*row_.timestamp)};
  if (moment > context.received_at + config_.clock_ahead_max)
    return Refusal{RefusalCause::kClockAhead, "ts"};
  if (moment < context.received_at - config_.clock_behind_max)
    return Refusal{RefusalCause::kClockBehind, "ts"};
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<PayloadDecoder>> open_payload_decoder(const DecoderMapping& mapping,
                                                             const DecoderConfig& config) {
  MOBILAKE_TRY(check_mapping(mapping));
  return std::unique_ptr<PayloadDecoder>(std::make_unique<TelemetryDecoder>(mapping, config));
}

}  // namespace mobilake::formats

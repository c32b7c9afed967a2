// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "formats/decoder_mapping.h"

namespace mobilake::formats {
namespace {

using Json = nlohmann::ordered_json;

void put_text(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

Json column_to_json(const SignalColumn& column) {
  Json json;
  json["name"] = column.name;
  json["type"] = type_name(column.type);
  put_text(json, "unit", column.unit);
  put_text(json, "vss_path", column.vss_path);
  if (column.vss_exponent != 0) json["vss_exponent"] = column.vss_exponent;
  put_text(json, "json_path", column.json_path);
  if (column.minimum) json["minimum"] = *column.minimum;
  if (column.maximum) json["maximum"] = *column.maximum;
  return json;
}

/// Takes members out of an object one by one, so that what is left over is a mistake.
class Members {
 public:
  Members(const Json& object, std::string place) : object_(object), place_(std::move(place)) {}

  Result<std::string> text(const char* key, bool required) {
    const auto found = object_.find(key);
    if (found == object_.end()) {
      if (required) return invalid("{} lacks {}", place_, key);
      return std::string();
    }
    ++taken_;
    if (!found->is_string()) return invalid("{} of {} must be text", key, place_);
    return found->get<std::string>();
  }

  Result<std::optional<std::string>> bound(const char* key) {
    if (!object_.contains(key)) return std::optional<std::string>();
    MOBILAKE_ASSIGN(std::string found, text(key, true));
    return std::optional<std::string>(std::move(found));
  }

  Result<int> number(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) return 0;
    ++taken_;
    if (!found->is_number_integer()) return invalid("{} of {} must be an integer", key, place_);
    return found->get<int>();
  }

  Result<> end(std::size_t others = 0) const {
    if (taken_ + others != object_.size())
      return invalid("{} has members that no mapping knows", place_);
    return {};
  }

 private:
  const Json& object_;
  std::string place_;
  std::size_t taken_ = 0;
};

Result<SignalColumn> column_of_json(const Json& json) {
  if (!json.is_object()) return invalid("a column of a mapping is an object");
  Members members(json, "a column of the mapping");
  SignalColumn column;
  MOBILAKE_ASSIGN(column.name, members.text("name", true));
  MOBILAKE_ASSIGN(const std::string type, members.text("type", true));
  auto parsed = parse_type_name(type);
  if (!parsed.ok()) return invalid("column {}: {}", column.name, parsed.error().message);
  column.type = *parsed;
  MOBILAKE_ASSIGN(column.unit, members.text("unit", false));
  MOBILAKE_ASSIGN(column.vss_path, members.text("vss_path", false));
  MOBILAKE_ASSIGN(column.vss_exponent, members.number("vss_exponent"));
  MOBILAKE_ASSIGN(column.json_path, members.text("json_path", false));
  MOBILAKE_ASSIGN(column.minimum, members.bound("minimum"));
  MOBILAKE_ASSIGN(column.maximum, members.bound("maximum"));
  MOBILAKE_TRY(members.end());
  return column;
}

}  // namespace

Result<DecoderMapping> parse_decoder_mapping(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return invalid("a decoder mapping is a JSON object");
  Members members(json, "the mapping");
  DecoderMapping mapping;
  MOBILAKE_ASSIGN(mapping.name, members.text("name", true));
  MOBILAKE_ASSIGN(mapping.vehicle_path, members.text("vehicle_path", false));
  MOBILAKE_ASSIGN(mapping.ts_path, members.text("ts_path", true));
  MOBILAKE_ASSIGN(mapping.seq_path, members.text("seq_path", false));
  MOBILAKE_ASSIGN(mapping.signals_path, members.text("signals_path", false));
  const auto columns = json.find("columns");
  if (columns == json.end() || !columns->is_array())
    return invalid("the mapping needs an array of columns");
  for (const Json& entry : *columns) {
    MOBILAKE_ASSIGN(SignalColumn column, column_of_json(entry));
    mapping.columns.push_back(std::move(column));
  }
  MOBILAKE_TRY(members.end(1));
  MOBILAKE_TRY(check_mapping(mapping));
  return mapping;
}

std::string print_decoder_mapping(const DecoderMapping& mapping) {
  Json json;
  json["name"] = mapping.name;
  put_text(json, "vehicle_path", mapping.vehicle_path);
  json["ts_path"] = mapping.ts_path;
  put_text(json, "seq_path", mapping.seq_path);
  put_text(json, "signals_path", mapping.signals_path);
  json["columns"] = Json::array();
  for (const SignalColumn& column : mapping.columns)
    json["columns"].push_back(column_to_json(column));
  return json.dump(2) + "\n";
}

}  // namespace mobilake::formats

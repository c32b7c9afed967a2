// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/json.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/suggestion.h"

namespace mobilake::serve {
namespace {

constexpr int kDepthMax = 32;

/// Watches a document while it is parsed.
class StrictnessWatch {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > kDepthMax) too_deep_ = true;
    if (event == Json::parse_event_t::object_start) members_.emplace_back();
    if (event == Json::parse_event_t::object_end && !members_.empty()) members_.pop_back();
    if (event == Json::parse_event_t::key && !members_.empty()) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!members_.back().insert(name).second && twice_.empty()) twice_ = name;
    }
    return !too_deep_;
  }

  Result<> verdict() const {
    if (too_deep_) return invalid("the body is nested more than {} levels deep", kDepthMax);
    if (!twice_.empty()) return invalid("the body names the member \"{}\" twice", twice_);
    return {};
  }

 private:
  std::vector<std::set<std::string>> members_;
  std::string twice_;
  bool too_deep_ = false;
};

bool is_of_type(const Json& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  return type == "null" && value.is_null();
}

std::string_view article_and_type(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (value.is_string()) return "a string";
  if (value.is_number_integer()) return "an integer";
  if (value.is_number()) return "a number";
  return value.is_boolean() ? "a boolean" : "null";
}

Result<> check_type(const Json& schema, const Json& value, const std::string& place) {
  const auto type = schema.find("type");
  if (type == schema.end()) return {};
  const Json types = type->is_array() ? *type : Json::array({*type});
  std::string names;
  for (const auto& name : types) {
    if (is_of_type(value, name.get_ref<const std::string&>())) return {};
    names += (names.empty() ? "" : " or ") + name.get<std::string>();
  }
  return invalid("{} is of type {}, this is {}", place, names, article_and_type(value));
}

Result<> check_enum(const Json& schema, const Json& value, const std::string& place) {
  const auto allowed = schema.find("enum");
  if (allowed == schema.end()) return {};
  if (std::find(allowed->begin(), allowed->end(), value) != allowed->end()) return {};
  std::vector<std::string> names;
  for (const auto& name : *allowed)
    names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  std::string message = fmt::format("{} is one of {}", place, fmt::join(names, ", "));
  if (value.is_string())
    if (const auto meant = base::suggest(value.get<std::string>(), names))
      message += fmt::format("; did you mean \"{}\"?", *meant);
  return invalid("{}", message);
}

Result<> check_bounds(const Json& schema, const Json& value, const std::string& place) {
  if (value.is_number()) {
    const double number = value.get<double>();
    if (schema.contains("minimum") && number < schema["minimum"].get<double>())
      return invalid("{} is at least {}", place, schema["minimum"].dump());
    if (schema.contains("maximum") && number > schema["maximum"].get<double>())
      return invalid("{} is at most {}", place, schema["maximum"].dump());
  }
  if (value.is_string()) {
    const std::size_t size = value.get_ref<const std::string&>().size();
    if (size < schema.value("minLength", std::size_t{0})) return invalid("{} is empty", place);
    if (size > schema.value("maxLength", size))
      return invalid("{} has {} bytes and at most {} are taken", place, size,
                     schema["maxLength"].dump());
  }
  return {};
}

Result<> check_array(const Json& schema, const Json& value, const std::string& place) {
  if (value.size() > schema.value("maxItems", value.size()))
    return invalid("{} has {} items and at most {} are taken", place, value.size(),
                   schema["maxItems"].dump());
  const auto items = schema.find("items");
  if (items == schema.end()) return {};
  for (std::size_t i = 0; i < value.size(); ++i)
    MOBILAKE_TRY(check_json(*items, value[i], fmt::format("{}[{}]", place, i)));
  return {};
}

std::string member_place(const std::string& place, const std::string& name) {
  return place == "the body" ? "\"" + name + "\"" : fmt::format("\"{}\" of {}", name, place);
}

Result<> check_object(const Json& schema, const Json& value, const std::string& place) {
  const Json properties = schema.value("properties", Json::object());
  const Json others = schema.value("additionalProperties", Json(false));
  for (const auto& name : schema.value("required", Json::array()))
    if (!value.contains(name.get_ref<const std::string&>()))
      return invalid("{} lacks the member {}", place, name.dump());
  for (const auto& [name, member] : value.items()) {
    if (const auto property = properties.find(name); property != properties.end()) {
      MOBILAKE_TRY(check_json(*property, member, member_place(place, name)));
      continue;
    }
    if (others.is_object()) MOBILAKE_TRY(check_json(others, member, member_place(place, name)));
    if (others != Json(false)) continue;
    std::vector<std::string> names;
    for (const auto& [known, _] : properties.items())
      names.push_back(known);
    const auto meant = base::suggest(name, names);
    return invalid(
        "{} has an unknown member \"{}\"{}", place, name,
        meant ? fmt::format("; did you mean \"{}\"?", *meant)
              : fmt::format("; it takes {}",
                            names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  return {};
}

}  // namespace

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

net::Answer json_answer(int status, const Json& body) {
  net::Answer answer;
  answer.status = status;
  answer.headers["content-type"] = "application/json";
  answer.body = json_text(body);
  return answer;
}

Result<Json> parse_json(std::string_view text) {
  StrictnessWatch watch;
  try {
    Json value = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
      return watch(depth, event, parsed);
    });
    MOBILAKE_TRY(watch.verdict());
    return value;
  } catch (const Json::parse_error& error) {
    return invalid("the body is no JSON; it stops being so at byte {}", error.byte);
  } catch (const Json::exception&) {
    return invalid("the body holds a number that is too large");
  }
}

Result<> check_json(const Json& schema, const Json& value, const std::string& place) {
  MOBILAKE_TRY(check_type(schema, value, place));
  MOBILAKE_TRY(check_enum(schema, value, place));
  MOBILAKE_TRY(check_bounds(schema, value, place));
  if (value.is_array()) return check_array(schema, value, place);
  if (value.is_object()) return check_object(schema, value, place);
  return {};
}

}  // namespace mobilake::serve

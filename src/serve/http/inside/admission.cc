// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/admission.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/hexadecimal.h"
#include "base/suggestion.h"
#include "serve/http/inside/media_type.h"

namespace mobilake::serve {
namespace {

constexpr std::string_view kIdCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
constexpr std::size_t kIdSizeMax = 64;
constexpr std::size_t kIdBytes = 16;

Result<Json> typed(const Json& schema, const std::string& place, const std::string& text) {
  if (schema.value("type", "string") != "integer") return Json(text);
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    return invalid("{} is a whole number, this is \"{}\"", place, text);
  return Json(number);
}

Error unknown_parameter(const Json& parameters, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& parameter : parameters)
    names.push_back(parameter["name"].get<std::string>());
  if (const auto meant = base::suggest(name, names))
    return invalid("the query has an unknown parameter \"{}\"; did you mean \"{}\"?", name, *meant);
  if (names.empty()) return invalid("this takes no parameters, \"{}\" was given", name);
  return invalid("the query has an unknown parameter \"{}\"; it takes {}", name,
                 fmt::join(names, ", "));
}

}  // namespace

std::string request_id_of(const net::IncomingRequest& request, Random& random) {
  const std::string_view given = request.header("x-request-id");
  const bool sane = !given.empty() && given.size() <= kIdSizeMax &&
                    given.find_first_not_of(kIdCharacters) == std::string_view::npos;
  if (sane) return std::string(given);
  return base::hexadecimal(random.bytes(kIdBytes));
}

Result<model::Principal> sign_in(const net::IncomingRequest& request,
                                 const govern::Identity& identity) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view field = request.header("authorization");
  if (field.empty())
    return unauthenticated("this needs a token: send the field Authorization: Bearer TOKEN");
  const bool is_bearer =
      field.size() > kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), field.begin(), [](char expected, char c) {
        return expected == (c >= 'A' && c <= 'Z' ? c + 32 : c);
      });
  if (!is_bearer) return unauthenticated("the field Authorization is not of the form Bearer TOKEN");
  std::string_view token = field.substr(kScheme.size());
  while (token.starts_with(' '))
    token.remove_prefix(1);
  return identity.authenticate(token);
}

Result<Json> read_parameters(const Json& parameters,
                             const std::map<std::string, std::string>& query) {
  Json values = Json::object();
  for (const auto& [name, text] : query) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const Json& known) { return known["name"] == Json(name); });
    if (found == parameters.end()) return unknown_parameter(parameters, name);
    const Json& schema = (*found)["schema"];
    const std::string place = fmt::format("the parameter {}", name);
    MOBILAKE_ASSIGN(Json value, typed(schema, place, text));
    MOBILAKE_TRY(check_json(schema, value, place));
    values[name] = std::move(value);
  }
  return values;
}

std::optional<Problem> read_body(const Json& schema, const net::IncomingRequest& request,
                                 std::size_t bytes_max, Json& body) {
  const std::string& text = request.body;
  if (text.size() > bytes_max)
    return Problem{invalid("the body has {} bytes and at most {} are taken (http.body_size)",
                           text.size(), bytes_max),
                   413};
  if (schema.is_null() && text.empty()) return std::nullopt;
  if (schema.is_null()) return Problem{invalid("this takes no body")};
  if (!text.empty() && media_type_of(request.header("content-type")) != "application/json")
    return Problem{unsupported("the body is of type \"{}\" and this takes application/json",
                               request.header("content-type")),
                   415};
  Result<Json> parsed = text.empty() ? Result<Json>(Json::object()) : parse_json(text);
  if (!parsed.ok()) return Problem{parsed.error()};
  const Result<> checked = check_json(schema, *parsed, "the body");
  if (!checked.ok()) return Problem{checked.error()};
  body = *std::move(parsed);
  return std::nullopt;
}

}  // namespace mobilake::serve

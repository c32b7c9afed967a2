// SPDX-License-Identifier: Apache-2.0
#include "net/router.h"

#include <nlohmann/json.hpp>

namespace mobilake::net {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

bool is_variable(std::string_view part) {
  return part.starts_with('{');
}
bool takes_rest(std::string_view part) {
  return part.ends_with("...}");
}

std::string variable_name(std::string_view part) {
  part.remove_prefix(1);
  part.remove_suffix(takes_rest(part) ? 4 : 1);
  return std::string(part);
}

bool fits(std::string_view pattern, std::string_view path,
          std::map<std::string, std::string>& values) {
  const auto wanted = parts_of(pattern);
  const auto given = parts_of(path);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i >= given.size()) return false;
    if (takes_rest(wanted[i])) {
      values[variable_name(wanted[i])] = std::string(given[i].data(), path.data() + path.size());
      return !given[i].empty();
    }
    if (is_variable(wanted[i])) {
      if (given[i].empty()) return false;
      values[variable_name(wanted[i])] = given[i];
    } else if (wanted[i] != given[i]) {
      return false;
    }
  }
  return wanted.size() == given.size();
}

// A pattern with its variables earlier is less exact.
bool is_more_exact(std::string_view a, std::string_view b) {
  const auto left = parts_of(a);
  const auto right = parts_of(b);
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i)
    if (is_variable(left[i]) != is_variable(right[i])) return !is_variable(left[i]);
  return false;
}

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  for (const std::string_view part : parts_of(route.path))
    if (is_variable(part))
      parameters.push_back({{"name", variable_name(part)},
                            {"in", "path"},
                            {"required", true},
                            {"schema", {{"type", "string"}}}});
  if (!route.parameters.empty())
    for (const auto& parameter : Json::parse(route.parameters))
      parameters.push_back(parameter);
  return parameters;
}

Json operation_of(const Route& route) {
  Json operation = {{"operationId", route.operation_id}, {"summary", route.summary}};
  if (Json parameters = parameters_of(route); !parameters.empty())
    operation["parameters"] = std::move(parameters);
  if (!route.request_body.empty())
    operation["requestBody"] = {
        {"required", true},
        {"content", {{"application/json", {{"schema", Json::parse(route.request_body)}}}}}};
  Json success = {{"description", "done"}};
  if (!route.response_type.empty()) {
    Json schema = route.response_body.empty() ? Json::object() : Json::parse(route.response_body);
    success["content"] = {{route.response_type, {{"schema", std::move(schema)}}}};
    for (const std::string& type : route.other_response_types)
      success["content"][type] = Json::object();
  }
  Json responses = {{std::to_string(route.success_status), success}};
  if (route.other_success_status != 0)
    responses[std::to_string(route.other_success_status)] = std::move(success);
  responses["default"] = {{"$ref", "#/components/responses/Problem"}};
  operation["responses"] = std::move(responses);
  if (!route.needs_credential) operation["security"] = Json::array();
  return operation;
}

Json problem_components() {
  const Json text = {{"type", "string"}};
  const Json schema = {{"type", "object"},
                       {"required", {"type", "title", "status", "detail", "code", "request_id"}},
                       {"properties",
                        {{"type", text},
                         {"title", text},
                         {"status", {{"type", "integer"}}},
                         {"detail", text},
                         {"code", text},
                         {"request_id", text},
                         {"position", {{"type", "integer"}}},
                         {"hint", text}}}};
  return {{"schemas", {{"Problem", schema}}},
          {"responses",
           {{"Problem",
             {{"description", "An error (RFC 9457)."},
              {"content",
               {{"application/problem+json",
                 {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}}}}},
          {"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}}};
}

std::string openapi_path(std::string path) {
  if (const std::size_t dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
  return path;
}

}  // namespace

RouteMatch Router::match(std::string_view method, std::string_view path) const {
  RouteMatch best;
  for (const Route& route : routes_) {
    std::map<std::string, std::string> values;
    if (!fits(route.path, path, values)) continue;
    best.path_known = true;
    const bool serves = route.method == method || (method == "HEAD" && route.method == "GET");
    if (!serves) continue;
    if (best.route != nullptr && !is_more_exact(route.path, best.route->path)) continue;
    best.route = &route;
    best.path_values = std::move(values);
  }
  return best;
}

std::string Router::openapi(std::string_view title, std::string_view version) const {
  Json document = {{"openapi", "3.1.0"},
                   {"info", {{"title", title}, {"version", version}}},
                   {"security", Json::array({{{"bearer", Json::array()}}})}};
  Json paths = Json::object();
  for (const Route& route : routes_) {
    std::string method = route.method;
    for (char& c : method)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    paths[openapi_path(route.path)][method] = operation_of(route);
  }
  document["paths"] = std::move(paths);
  document["components"] = problem_components();
  return document.dump(2);
}

}  // namespace mobilake::net

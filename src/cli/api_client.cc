// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"

#include <nlohmann/json.hpp>

#include "base/error_codes.h"

namespace mobilake::cli {
namespace {

using nlohmann::json;

// The code of an answer that is no problem document, as of a proxy in between.
Code code_of_status(int status) {
  for (const base::CodeRow& row : base::code_table())
    if (row.http_status == status) return row.code;
  return status >= 400 && status < 500 ? Code::kInvalid : Code::kUnavailable;
}

}  // namespace

Result<std::string> ApiClient::send(const ApiRequest& request,
                                    const net::HttpClient::BodySink& sink) {
  problem_position_.reset();
  net::HttpRequest http;
  http.method = request.method;
  http.url = server_ + request.path;
  http.headers["accept"] = request.accept;
  if (!token_.empty()) http.headers["authorization"] = "Bearer " + token_;
  if (!request.body.empty()) http.headers["content-type"] = "application/json";
  http.body = request.body;
  http.timeout = request.timeout;
  Result<net::HttpResponse> answer = http_.send(http, sink);
  if (!answer.ok() && answer.error().code == Code::kUnavailable) {
    std::string_view cause = answer.error().message;
    if (cause.starts_with(http.url + ": ")) cause.remove_prefix(http.url.size() + 2);
    return unavailable(
        "no answer from {}: {}\nIs the server running? Start it with: mobilake serve --data-dir "
        "DIR",
        server_, cause);
  }
  if (!answer.ok()) return std::move(answer).error();
  if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
  return problem(*answer);
}

Error ApiClient::problem(const net::HttpResponse& response) {
  const json fields = json::parse(response.body, nullptr, false);
  if (!fields.is_object())
    return Error{code_of_status(response.status),
                 fmt::format("{} answered with HTTP status {}", server_, response.status)};
  const auto text = [&](const char* name) {
    const auto field = fields.find(name);
    return field != fields.end() && field->is_string() ? field->get<std::string>() : std::string();
  };
  Error error;
  error.code = base::code_of_name(text("code")).value_or(code_of_status(response.status));
  error.message = text("detail").empty() ? text("title") : text("detail");
  if (!text("hint").empty()) error.message += "\n" + text("hint");
  // What the caller can mend needs no look into the log.
  const bool own = error.code == Code::kInvalid || error.code == Code::kNotFound ||
                   error.code == Code::kUnsupported;
  const std::string request = text("request_id");
  if (!own && !request.empty() && error.message.find(request) == std::string::npos)
    error.message += " (request " + request + ")";
  const auto position = fields.find("position");
  if (position != fields.end() && position->is_number_unsigned())
    problem_position_ = position->get<std::size_t>();
  return error;
}

Result<std::string> ApiClient::get(const std::string& path) {
  ApiRequest request;
  request.path = path;
  return send(request);
}

Result<std::string> ApiClient::post(const std::string& path, const std::string& body) {
  ApiRequest request;
  request.method = "POST";
  request.path = path;
  request.body = body;
  return send(request);
}

Result<> ApiClient::remove(const std::string& path) {
  ApiRequest request;
  request.method = "DELETE";
  request.path = path;
  MOBILAKE_TRY(send(request));
  return {};
}

std::string escape_url(std::string_view text) {
  constexpr std::string_view kFree =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string escaped;
  for (const char c : text) {
    if (kFree.find(c) != std::string_view::npos)
      escaped.push_back(c);
    else
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return escaped;
}

}  // namespace mobilake::cli

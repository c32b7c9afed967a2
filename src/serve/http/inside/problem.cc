// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/problem.h"

#include <charconv>

#include "base/error_codes.h"

namespace mobilake::serve {

net::Answer problem_answer(const Problem& problem, const std::string& request_id) {
  const base::CodeRow& row = base::code_row(problem.error.code);
  const int status = problem.status == 0 ? row.http_status : problem.status;
  Json body = {{"type", fmt::format("urn:mobilake:problem:{}", row.name)},
               {"title", net::status_text(status)},
               {"status", status},
               {"detail", problem.error.message},
               {"code", row.name},
               {"request_id", request_id}};
  if (const auto position = position_in(problem.error)) body["position"] = *position;
  net::Answer answer = json_answer(status, body);
  answer.headers = problem.headers;
  answer.headers["content-type"] = "application/problem+json";
  if (problem.error.code == Code::kUnauthenticated)
    answer.headers["www-authenticate"] = "Bearer realm=\"mobilake\"";
  if (problem.error.code == Code::kUnavailable) answer.headers["retry-after"] = "1";
  return answer;
}

std::optional<std::size_t> position_in(const Error& error) {
  constexpr std::string_view kMark = "(at character ";
  const std::size_t at = error.message.rfind(kMark);
  if (error.code != Code::kInvalid || at == std::string::npos) return std::nullopt;
  std::size_t position = 0;
  const char* const begin = error.message.data() + at + kMark.size();
  const char* const end = error.message.data() + error.message.size();
  const auto read = std::from_chars(begin, end, position);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != ')') return std::nullopt;
  return position;
}

Json error_json(const Error& error) {
  Json json = {{"code", base::code_name(error.code)}, {"detail", error.message}};
  if (const auto position = position_in(error)) json["position"] = *position;
  return json;
}

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/problem.h"

#include <charconv>

#include "base/error_codes.h"

namespace mobilake::serve {
namespace {

/// Returns whether a word of the text is an absolute path of two or more parts, other than one of
/// the API.
bool names_a_file(std::string_view text) {
  for (std::size_t at = text.find('/'); at != text.npos; at = text.find('/', at + 1)) {
    const bool begins = at == 0 || std::string_view(" \"'(=:").find(text[at - 1]) != text.npos;
    const std::string_view path = text.substr(at, text.find_first_of(" \"')", at) - at);
    if (begins && !path.starts_with("/api/") && path.find('/', 1) != path.npos) return true;
  }
  return false;
}

struct SplitMessage {
  std::string detail;
  std::optional<std::string> hint;
};

/// Parts what the engine proposes from what it says is wrong.
SplitMessage split_hint(const Error& error) {
  if (error.code != Code::kInvalid) return {error.message, std::nullopt};
  for (const std::string_view mark :
       {"Candidate bindings: ", "Candidate functions:", "Did you mean "}) {
    const std::size_t at = error.message.find(mark);
    const std::size_t end = error.message.find_last_not_of(" \n", at == 0 ? 0 : at - 1);
    if (at == 0 || at == std::string::npos || end == std::string::npos) continue;
    return {error.message.substr(0, end + 1), error.message.substr(at)};
  }
  return {error.message, std::nullopt};
}

}  // namespace

net::Answer problem_answer(const Problem& problem, const std::string& request_id) {
  const base::CodeRow& row = base::code_row(problem.error.code);
  const int status = problem.status == 0 ? row.http_status : problem.status;
  Json body = {{"type", fmt::format("urn:mobilake:problem:{}", row.name)},
               {"title", net::status_text(status)},
               {"status", status},
               {"detail", split_hint(problem.error).detail},
               {"code", row.name},
               {"request_id", request_id}};
  if (const auto position = position_in(problem.error)) body["position"] = *position;
  if (const auto hint = split_hint(problem.error).hint) body["hint"] = *hint;
  net::Answer answer = json_answer(status, body);
  answer.headers = problem.headers;
  answer.headers["content-type"] = "application/problem+json";
  if (problem.error.code == Code::kUnauthenticated)
    answer.headers["www-authenticate"] = "Bearer realm=\"mobilake\"";
  if (problem.error.code == Code::kUnavailable) answer.headers["retry-after"] = "1";
  return answer;
}

bool is_inner(const Error& error) {
  switch (error.code) {
    case Code::kInternal:
    case Code::kCorrupt:
      return true;
    case Code::kInvalid:
    case Code::kUnauthenticated:
    case Code::kDenied:
    case Code::kUnsupported:
      return false;  // about what the caller sent, and may repeat it
    default:
      return names_a_file(error.message);
  }
}

Error told_error(const Error& error, Logger& logger, std::string_view what, std::string_view id) {
  if (!is_inner(error)) return error;
  logger.error("{} failed: {} ({})", what, error.to_string(), id);
  return {error.code, fmt::format("internal error, see the server's log for {}", id)};
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
  const SplitMessage split = split_hint(error);
  Json json = {{"code", base::code_name(error.code)}, {"detail", split.detail}};
  if (const auto position = position_in(error)) json["position"] = *position;
  if (split.hint) json["hint"] = *split.hint;
  return json;
}

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include "net/inside/http_refusal.h"

#include <fmt/format.h>

#include <array>

namespace mobilake::net {
namespace {

struct StatusRow {
  int status;
  std::string_view text;
};

constexpr std::array<StatusRow, 26> kStatusTexts{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
}};

}  // namespace

std::string_view refusal_detail(int status) {
  switch (status) {
    case 408:
      return "the request did not come whole in time";
    case 413:
      return "the body is larger than this server takes";
    case 431:
      return "the header fields are larger than this server takes";
    case 503:
      return "too much is waiting here; ask again later";
    default:
      return "this is no request of HTTP/1.1";
  }
}

Answer refusal_of(int status) {
  const std::string_view code = status == 503 ? "unavailable" : "invalid";
  Answer answer;
  answer.status = status;
  answer.headers["content-type"] = "application/problem+json";
  if (status == 503) answer.headers["retry-after"] = "1";
  answer.body =
      fmt::format(R"({{"type":"urn:mobilake:problem:{}","title":"{}","status":{},"detail":"{}",)"
                  R"("code":"{}","request_id":""}})",
                  code, status_text(status), status, refusal_detail(status), code);
  return answer;
}

std::string_view status_text(int status) {
  for (const StatusRow& row : kStatusTexts)
    if (row.status == status) return row.text;
  return "Unknown";
}

}  // namespace mobilake::net

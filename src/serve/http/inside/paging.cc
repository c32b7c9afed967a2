// SPDX-License-Identifier: Apache-2.0
#include "serve/http/inside/paging.h"

#include "serve/http/results/base64.h"

namespace mobilake::serve {

std::string page_token(std::string_view list, std::string_view position) {
  if (position.empty()) return "";
  return base64_url(fmt::format("{}:{}", list, position));
}

Result<std::string> page_position(std::string_view list, std::string_view token) {
  if (token.empty()) return std::string();
  const auto text = read_base64_url(token);
  const std::string prefix = fmt::format("{}:", list);
  if (!text.has_value() || !text->starts_with(prefix))
    return invalid("page_token is no token of this list; begin again without it");
  return text->substr(prefix.size());
}

std::string list_schema(std::string_view item_schema) {
  return fmt::format(
      R"({{"type":"object","required":["items","next_page_token"],"properties":{{)"
      R"("items":{{"type":"array","items":{}}},"next_page_token":{{"type":"string"}}}}}})",
      item_schema);
}

net::Answer list_answer(Json items, const std::string& next_page_token) {
  Json body = Json::object();
  body["items"] = std::move(items);
  body["next_page_token"] = next_page_token;
  return json_answer(200, body);
}

}  // namespace mobilake::serve

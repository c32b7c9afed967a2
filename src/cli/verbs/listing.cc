// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/listing.h"

namespace mobilake::cli {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t kPagesMax = 10'000;

}  // namespace

Result<ordered_json> parse_answer(const std::string& text) {
  ordered_json answer = ordered_json::parse(text, nullptr, false);
  if (answer.is_discarded())
    return internal("the server's answer is no JSON; is it a mobilake server?");
  return answer;
}

Result<ordered_json> all_items(ApiClient& api, const std::string& path) {
  ordered_json items = ordered_json::array();
  std::string next;
  for (std::size_t page = 0; page < kPagesMax; ++page) {
    std::string url = path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=1000";
    if (!next.empty()) url += "&page_token=" + escape_url(next);
    MOBILAKE_ASSIGN(const std::string body, api.get(url));
    MOBILAKE_ASSIGN(const ordered_json answer, parse_answer(body));
    if (!answer.contains("items") || !answer["items"].is_array())
      return internal("the server's answer has no items");
    for (const auto& item : answer["items"])
      items.push_back(item);
    const auto token = answer.find("next_page_token");
    if (token == answer.end() || !token->is_string() || token->get<std::string>().empty()) break;
    next = token->get<std::string>();
  }
  return items;
}

std::string cell_text(const ordered_json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void print_items(Session& session, const ordered_json& items,
                 const std::vector<ListColumn>& columns) {
  if (session.json()) {
    session.print_json(items.dump());
    return;
  }
  std::vector<std::string> headings;
  for (const ListColumn& column : columns)
    headings.push_back(column.heading);
  TablePrinter table(std::move(headings), session.width);
  for (const auto& item : items) {
    std::vector<std::string> cells;
    for (const ListColumn& column : columns)
      cells.push_back(item.contains(column.field) ? cell_text(item[column.field]) : "");
    table.add(std::move(cells));
  }
  table.print(session.out);
}

void print_thing(Session& session, const ordered_json& thing) {
  if (session.json() || !thing.is_object()) {
    session.print_json(thing.dump());
    return;
  }
  std::size_t widest = 0;
  for (const auto& [name, value] : thing.items())
    widest = std::max(widest, name.size());
  for (const auto& [name, value] : thing.items())
    session.out << fmt::format("{:<{}}  {}\n", name, widest, cell_text(value));
}

}  // namespace mobilake::cli

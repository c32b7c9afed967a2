// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/session.h"

namespace mobilake::cli {

/// A column of a list: its heading and the field of the items that fills it.
struct ListColumn {
  std::string heading;
  std::string field;
};

/// Parses an answer of the API. Fails with: internal (it is no JSON).
Result<nlohmann::ordered_json> parse_answer(const std::string& text);

/// Returns all items of a list of the API, page after page. `path` may hold a query.
Result<nlohmann::ordered_json> all_items(ApiClient& api, const std::string& path);

/// Prints items as a table, or as a JSON array with -o json.
void print_items(Session& session, const nlohmann::ordered_json& items,
                 const std::vector<ListColumn>& columns);

/// Prints one thing: field and value a line, or JSON with -o json.
void print_thing(Session& session, const nlohmann::ordered_json& thing);

/// Returns a JSON value as a cell: strings bare, null and missing empty, numbers with their digits.
std::string cell_text(const nlohmann::ordered_json& value);

}  // namespace mobilake::cli

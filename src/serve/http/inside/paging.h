// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "govern/identity.h"
#include "serve/http/inside/json.h"

namespace mobilake::serve {

constexpr std::size_t kPageDefault = 100;

/// The OpenAPI parameters of every list, without the array's brackets.
constexpr std::string_view kPageParameters = R"(
  {"name":"page_token","in":"query","description":"next_page_token of the page before",
   "schema":{"type":"string","maxLength":1024}},
  {"name":"limit","in":"query","description":"items of a page",
   "schema":{"type":"integer","minimum":1,"maximum":1000,"default":100}})";

/// Returns the token that continues the list called `list` after `position`; "" for "". It stays
/// good while the server's data lives.
std::string page_token(std::string_view list, std::string_view position);

/// Returns the position that a token stands for. Fails with: invalid (no token of this list).
Result<std::string> page_position(std::string_view list, std::string_view token);

/// Returns the JSON Schema of a list's answer.
std::string list_schema(std::string_view item_schema);

/// Returns the answer of a list.
net::Answer list_answer(Json items, const std::string& next_page_token);

/// Fills a page with the items that `shown` lets through, from the pages that `next` gives after a
/// position. `key` is an item's position.
template <typename T>
govern::Page<T> fill_page(std::string position, std::size_t limit,
                          const std::function<govern::Page<T>(const std::string&)>& next,
                          const std::function<bool(const T&)>& shown,
                          const std::function<std::string(const T&)>& key) {
  govern::Page<T> page;
  for (;;) {
    govern::Page<T> part = next(position);
    for (T& item : part.items) {
      if (!shown(item)) continue;
      if (page.items.size() == limit) {
        page.next_page = key(page.items.back());
        return page;
      }
      page.items.push_back(std::move(item));
    }
    if (part.next_page.empty()) return page;
    position = part.next_page;
  }
}

}  // namespace mobilake::serve

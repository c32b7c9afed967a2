// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace mobilake::query {

/// What a statement may use. Everything else is refused by name. The lists are code, and the
/// reference page is printed from them.
std::span<const std::string_view> offered_functions();
std::span<const std::string_view> offered_table_functions();
bool offers_function(std::string_view name);
bool offers_table_function(std::string_view name);

/// Returns whether a node of the syntax tree with that "type" may stand in a statement.
bool offers_node(std::string_view type);

/// Returns how a refused node is called in SQL, e.g. "PIVOT" for "PIVOT".
std::string_view name_of_node(std::string_view type);

}  // namespace mobilake::query

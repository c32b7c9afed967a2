// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "query/offered.h"

namespace mobilake::query {
namespace {

// Node types of DuckDB's serialised syntax tree. Sorted, for the search.
constexpr auto kNodes = std::to_array<std::string_view>({
    "ARRAY_CONSTRUCTOR",
    "ARRAY_EXTRACT",
    "ARRAY_SLICE",
    "ASCENDING",
    "BASE_TABLE",
    "CASE_EXPR",
    "COLLATE",
    "COLUMN_REF",
    "COMPARE_BETWEEN",
    "COMPARE_DISTINCT_FROM",
    "COMPARE_EQUAL",
    "COMPARE_GREATERTHAN",
    "COMPARE_GREATERTHANOREQUALTO",
    "COMPARE_IN",
    "COMPARE_LESSTHAN",
    "COMPARE_LESSTHANOREQUALTO",
    "COMPARE_NOTEQUAL",
    "COMPARE_NOT_BETWEEN",
    "COMPARE_NOT_DISTINCT_FROM",
    "COMPARE_NOT_IN",
    "CONJUNCTION_AND",
    "CONJUNCTION_OR",
    "CTE_NODE",
    "DESCENDING",
    "DISTINCT_MODIFIER",
    "EMPTY",
    "EXPRESSION_LIST",
    "FUNCTION",
    "GROUPING_FUNCTION",
    "JOIN",
    "LAMBDA",
    "LIMIT_MODIFIER",
    "LIMIT_PERCENT_MODIFIER",
    "OPERATOR_CAST",
    "OPERATOR_COALESCE",
    "OPERATOR_IS_NOT_NULL",
    "OPERATOR_IS_NULL",
    "OPERATOR_NOT",
    "OPERATOR_TRY",
    "OPERATOR_UNPACK",
    "ORDER_DEFAULT",
    "ORDER_MODIFIER",
    "POSITIONAL_REFERENCE",
    "RECURSIVE_CTE_NODE",
    "SELECT_NODE",
    "SET_OPERATION_NODE",
    "STAR",
    "STRUCT_EXTRACT",
    "SUBQUERY",
    "TABLE_FUNCTION",
    "VALUE_CONSTANT",
    "VALUE_PARAMETER",
    "WINDOW_AGGREGATE",
    "WINDOW_CUME_DIST",
    "WINDOW_FILL",
    "WINDOW_FIRST_VALUE",
    "WINDOW_LAG",
    "WINDOW_LAST_VALUE",
    "WINDOW_LEAD",
    "WINDOW_NTH_VALUE",
    "WINDOW_NTILE",
    "WINDOW_PERCENT_RANK",
    "WINDOW_RANK",
    "WINDOW_RANK_DENSE",
    "WINDOW_ROW_NUMBER",
});

struct NodeName {
  std::string_view type;
  std::string_view name;
};

constexpr auto kNames = std::to_array<NodeName>({
    {"PIVOT", "PIVOT"},
    {"SHOW_REF", "DESCRIBE, SHOW and SUMMARIZE"},
    {"COLUMN_DATA", "inline data"},
    {"STATEMENT_NODE", "a statement in place of a table"},
});

}  // namespace

bool offers_node(std::string_view type) {
  return std::binary_search(kNodes.begin(), kNodes.end(), type);
}

std::string_view name_of_node(std::string_view type) {
  for (const NodeName& row : kNames)
    if (row.type == type) return row.name;
  return type;
}

}  // namespace mobilake::query

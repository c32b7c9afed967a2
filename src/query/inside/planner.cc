// SPDX-License-Identifier: Apache-2.0
#include "query/inside/planner.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "query/offered.h"

namespace mobilake::query {
namespace {

using Json = nlohmann::json;
using Scope = std::set<std::string>;

constexpr int kDepthMax = 200;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string text_at(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Walks a statement's tree: checks each node against the lists and gathers the tables.
class TreeWalker {
 public:
  /// A table that must be replaced: the node, and its name.
  struct Found {
    Json* node;
    model::TableName name;
  };

  Result<> walk(Json& node, const Scope& scope, int depth) {
    if (depth > kDepthMax)
      return invalid("the statement is nested more than {} levels deep", kDepthMax);
    if (node.is_array()) {
      for (Json& element : node)
        MOBILAKE_TRY(walk(element, scope, depth + 1));
      return {};
    }
    if (!node.is_object()) return {};
    Scope inner = scope;
    MOBILAKE_TRY(walk_ctes(node, inner, depth));
    if (node.contains("type") && node["type"].is_string()) {
      MOBILAKE_TRY(check_node(node));
      if (node["type"] == "VALUE_CONSTANT") return {};  // its value is data, not syntax
      if (node["type"] == "BASE_TABLE") return note_table(node, inner);
    }
    if (text_at(node, "type") == "RECURSIVE_CTE_NODE")
      inner.insert(lower(text_at(node, "cte_name")));
    for (auto& [key, child] : node.items())
      if (key != "cast_type" && key != "cte_map") MOBILAKE_TRY(walk(child, inner, depth + 1));
    return {};
  }

  std::vector<Found>& found() { return found_; }

 private:
  // A common table expression sees those before it; a recursive one also itself.
  Result<> walk_ctes(Json& node, Scope& scope, int depth) {
    const auto map = node.find("cte_map");
    if (map == node.end() || !map->is_object()) return {};
    for (Json& entry : (*map)["map"]) {
      MOBILAKE_TRY(walk(entry["value"], scope, depth + 1));
      scope.insert(lower(entry["key"].get<std::string>()));
    }
    return {};
  }

  static Result<> check_node(Json& node) {
    const std::string type = text_at(node, "type");
    if (!offers_node(type)) return unsupported("{} is not offered in queries", name_of_node(type));
    if (type == "TABLE_FUNCTION") {
      // Its name stands in the child, where it would pass for a scalar one.
      const std::string table_function = lower(text_at(node["function"], "function_name"));
      if (!offers_table_function(table_function))
        return unsupported("function {} is not offered in queries", table_function);
    }
    const std::string function = lower(text_at(node, "function_name"));
    if (function.empty()) return {};
    const std::string schema = text_at(node, "schema");
    if (!schema.empty() && schema != "main")
      return unsupported("function {}.{} is not offered in queries", schema, function);
    if (!offers_function(function) && !offers_table_function(function))
      return unsupported("function {} is not offered in queries", function);
    return {};
  }

  Result<> note_table(Json& node, const Scope& scope) {
    const std::string catalog = text_at(node, "catalog_name");
    const std::string schema = text_at(node, "schema_name");
    const std::string table = text_at(node, "table_name");
    if (catalog.empty() && schema.empty() && scope.contains(lower(table))) return {};
    if (!node["at_clause"].is_null())
      return unsupported("AT (time travel) is not offered in queries yet");
    std::string name = catalog;
    for (const std::string& part : {schema, table})
      if (!part.empty()) name += (name.empty() ? "" : ".") + part;
    MOBILAKE_ASSIGN(auto parsed, model::parse_table_name(lower(name)));
    found_.push_back({&node, std::move(parsed)});
    return {};
  }

  std::vector<Found> found_;
};

Result<Json> parse_tree(const std::string& text) {
  Json tree = Json::parse(text, nullptr, false);
  if (!tree.is_object() || !tree["statements"].is_array())
    return internal("a syntax tree of another shape");
  return tree;
}

// Puts a scan in a table's place, under the name by which the statement speaks of it.
Result<> replace_table(Json& node, const std::string& scan_tree) {
  MOBILAKE_ASSIGN(Json tree, parse_tree(scan_tree));
  Json scan = std::move(tree["statements"][0]["node"]["from_table"]);
  const std::string alias = text_at(node, "alias");
  scan["alias"] = alias.empty() ? text_at(node, "table_name") : alias;
  scan["column_name_alias"] = std::move(node["column_name_alias"]);
  scan["sample"] = std::move(node["sample"]);
  node = std::move(scan);
  return {};
}

}  // namespace

Result<GovernedPlan> plan_statement(std::string_view sql, engine::SqlSession& session,
                                    const ScanOf& scan_of) {
  const std::vector<std::string> statement{std::string(sql)};
  MOBILAKE_ASSIGN(const auto texts, session.parse(statement));
  MOBILAKE_ASSIGN(Json tree, parse_tree(texts.front()));
  if (tree["statements"].size() != 1)
    return invalid("expected one statement, found {}", tree["statements"].size());
  TreeWalker walker;
  MOBILAKE_TRY(walker.walk(tree["statements"], {}, 0));

  GovernedPlan governed;
  std::vector<std::string> selects;
  for (const auto& found : walker.found()) {
    MOBILAKE_ASSIGN(TableScan scan, scan_of(found.name));
    selects.push_back(fmt::format("SELECT * FROM ({}) AS t", scan.select));
    governed.bytes += scan.bytes;
    std::move(scan.files.begin(), scan.files.end(), std::back_inserter(governed.plan.files));
    if (scan.lease) governed.leases.push_back(std::move(scan.lease));
  }
  if (!selects.empty()) {
    MOBILAKE_ASSIGN(const auto scans, session.parse(selects));
    for (std::size_t i = 0; i < scans.size(); ++i)
      MOBILAKE_TRY(replace_table(*walker.found()[i].node, scans[i]));
  }
  governed.plan.statement = tree.dump();
  return governed;
}

}  // namespace mobilake::query

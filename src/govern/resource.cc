// SPDX-License-Identifier: Apache-2.0
#include "govern/resource.h"

#include <array>
#include <utility>

namespace mobilake::govern {
namespace {

constexpr std::array<std::pair<std::string_view, ResourceKind>, 7> kKinds{{
    {"account", ResourceKind::kAccount},
    {"user", ResourceKind::kUser},
    {"device", ResourceKind::kDevice},
    {"table", ResourceKind::kTable},
    {"stream", ResourceKind::kStream},
    {"objects", ResourceKind::kObjects},
    {"server", ResourceKind::kServer},
}};

// Returns the account that owns the resource named `name`: its first part.
std::string owner_of(ResourceKind kind, std::string_view name) {
  if (kind == ResourceKind::kServer) return "";
  const char separator = kind == ResourceKind::kTable ? '.' : '/';
  return std::string(name.substr(0, name.find(separator)));
}

}  // namespace

Result<Resource> parse_resource(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto wrong = [&] { return invalid("\"{}\" does not name a resource", text); };
  if (slash == std::string_view::npos) return wrong();
  for (const auto& [word, kind] : kKinds) {
    if (text.substr(0, slash) != word) continue;
    Resource resource{kind, owner_of(kind, text.substr(slash + 1)),
                      std::string(text.substr(slash + 1))};
    if (kind == ResourceKind::kTable) {
      MOBILAKE_ASSIGN(const model::TableName table, model::parse_table_name(resource.name));
      // One text for one table: a permit is compared as text.
      if (table.to_string() != resource.name) return wrong();
    }
    if (resource.name.empty() && kind != ResourceKind::kAccount) return wrong();
    return resource;
  }
  return wrong();
}

std::string account_resource(std::string_view account) {
  return fmt::format("account/{}", account);
}

std::string user_resource(std::string_view account) {
  return fmt::format("user/{}", account);
}

std::string device_resource(std::string_view account) {
  return fmt::format("device/{}", account);
}

std::string table_resource(const model::TableName& table) {
  return fmt::format("table/{}", table.to_string());
}

std::string stream_resource(std::string_view account) {
  return fmt::format("stream/{}", account);
}

std::string server_resource(std::string_view part) {
  return fmt::format("server/{}", part);
}

}  // namespace mobilake::govern

// SPDX-License-Identifier: Apache-2.0
#include "cli/client_context.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace mobilake::cli {

using nlohmann::json;

Result<std::string> contexts_path() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && config[0] == '/') return std::string(config) + "/mobilake/contexts.json";
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/')
    return invalid("neither XDG_CONFIG_HOME nor HOME says where contexts are kept");
  return std::string(home) + "/.config/mobilake/contexts.json";
}

Result<ClientContexts> read_contexts(Disk& disk, const std::string& path) {
  MOBILAKE_ASSIGN(const bool exists, disk.exists(path));
  ClientContexts contexts;
  if (!exists) return contexts;
  MOBILAKE_ASSIGN(const std::string text, disk.read_file(path));
  try {
    const json fields = json::parse(text);
    contexts.current = fields.value("current", "");
    for (const auto& [name, context] : fields.at("contexts").items())
      contexts.by_name[name] = {context.at("server").get<std::string>(),
                                context.value("token", "")};
    return contexts;
  } catch (const json::exception&) {
    return invalid("{} does not hold contexts; remove it and add them again", path);
  }
}

Result<> write_contexts(Disk& disk, const std::string& path, const ClientContexts& contexts) {
  json fields = {{"current", contexts.current}, {"contexts", json::object()}};
  for (const auto& [name, context] : contexts.by_name)
    fields["contexts"][name] = {{"server", context.server}, {"token", context.token}};
  MOBILAKE_TRY(disk.make_directories(base::parent_directory(path)));
  // The disk makes every file with mode 0600.
  return disk.replace_file(path, fields.dump(2) + "\n");
}

}  // namespace mobilake::cli

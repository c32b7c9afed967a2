// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/disk.h"
#include "base/result.h"

namespace mobilake::cli {

/// A server and the token to speak to it, under a name.
struct ClientContext {
  std::string server;
  std::string token;
};

/// All named contexts and the one in use, as they stand in one file of mode 0600.
struct ClientContexts {
  std::map<std::string, ClientContext> by_name;
  std::string current;
};

/// Returns $XDG_CONFIG_HOME/mobilake/contexts.json, by default under ~/.config.
Result<std::string> contexts_path();

/// Returns what the file holds; none where it is missing. Fails with: invalid (not readable as
/// contexts).
Result<ClientContexts> read_contexts(Disk& disk, const std::string& path);
/// Writes the file anew, readable for its owner alone.
Result<> write_contexts(Disk& disk, const std::string& path, const ClientContexts& contexts);

}  // namespace mobilake::cli

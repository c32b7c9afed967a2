// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/api_client.h"
#include "cli/command_line.h"
#include "cli/table_printer.h"
#include "net/http_client.h"

namespace mobilake::cli {

/// What is the same for every verb: global options, where output goes, and the way to the server.
///
/// Made by run_command_line(); a verb's parser sets `action`, which runs once the words are
/// understood. Thread safety: one thread.
class Session {
 public:
  Session(const CommandHooks& hooks, std::ostream& out, std::ostream& err,
          std::unique_ptr<net::HttpClient> http)
      : hooks(hooks), out(out), err(err), http_(std::move(http)) {}

  std::string server;   ///< --server, or MOBILAKE_SERVER
  std::string token;    ///< --token or MOBILAKE_TOKEN: a token, @FILE, or - for stdin
  std::string context;  ///< --context, or MOBILAKE_CONTEXT
  std::string output;   ///< -o; empty means table
  bool assume_yes = false;

  const CommandHooks& hooks;
  std::ostream& out;      ///< data
  std::ostream& err;      ///< messages
  std::size_t width = 0;  ///< of the terminal; 0 for a pipe
  bool err_is_terminal = false;

  std::function<Result<>()> action;
  /// What to exit with after a success; 7 where only a part was done.
  int exit_code = 0;

  /// Returns the client of the server that flag, environment or context name.
  Result<ApiClient*> api();
  Result<std::string> resolved_server();

  bool json() const { return output == "json"; }
  /// Fails with: invalid, unless -o is one of `formats`.
  Result<> check_output(const std::vector<std::string_view>& formats) const;

  /// Prints JSON text indented.
  void print_json(const std::string& text);

 private:
  Result<void> resolve();

  std::unique_ptr<net::HttpClient> http_;
  std::optional<ApiClient> api_;
};

/// Returns the secret in a file, or on stdin for "-", without its last line break.
Result<std::string> read_secret(const std::string& path);

}  // namespace mobilake::cli

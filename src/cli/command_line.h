// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace mobilake::cli {

/// Which records `mobilake log show` asks for.
struct LogRecordQuery {
  std::string family = "data";  ///< data or system
  std::uint16_t partition = 0;
  std::uint64_t from = 0;
  std::uint64_t limit = 20;
};

/// What the command line cannot do itself, since it speaks only the public API; handed in by
/// main(). An empty function answers unsupported. Answers are JSON in the form of the same API
/// answer (README.md).
struct CommandHooks {
  /// `mobilake serve ...`: gets the words after "serve" and returns the exit code.
  std::function<int(const std::vector<std::string>&)> serve;
  /// `mobilake engine-worker ...`, which the server starts; not for people.
  std::function<int(const std::vector<std::string>&)> engine_worker;

  /// The log of a data folder that no server holds.
  std::function<Result<std::string>(const std::string& data_dir)> log_segments;
  std::function<Result<std::string>(const std::string& data_dir, const LogRecordQuery&)>
      log_records;
  std::function<Result<std::string>(const std::string& data_dir)> log_verify;

  /// Copies a data folder that no server holds to a new folder `target`; answers
  /// {"target","bytes","files"}.
  std::function<Result<std::string>(const std::string& data_dir, const std::string& target)> backup;
  /// Checks a backup and copies it to a new data folder; answers {"data_dir","bytes","files"}.
  std::function<Result<std::string>(const std::string& source, const std::string& data_dir)>
      restore;

  /// Looks at a data folder without changing it; answers {"checks":[{"name","ok","detail"}]}.
  std::function<Result<std::string>(const std::string& data_dir)> doctor;
};

/// Runs one command and returns its exit code: 0 ok, 1 failed, 2 usage, 3 unauthenticated or
/// denied, 4 not found, 5 conflict, 6 unavailable or timed out, 7 partial, 130 interrupted.
int run_command_line(int argc, char** argv, const CommandHooks& hooks);

/// The version of this program, e.g. "0.1.0".
std::string program_version();

}  // namespace mobilake::cli

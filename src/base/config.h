// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace mobilake::base {

/// The variables that a configuration key can set. Sizes are written 4096, 64KiB, 1MiB, 2GiB;
/// durations 250ms, 2s, 5min, 1h, 7d.
struct SizeBytes {
  std::uint64_t value = 0;
};
using ConfigTarget = std::variant<bool*, std::uint64_t*, double*, std::string*, SizeBytes*,
                                  std::chrono::milliseconds*, std::vector<std::string>*>;

/// What one key means. Bounds count in the target's own unit: bytes, milliseconds, or the number.
struct ConfigKey {
  std::string name;  ///< within its section, "segment_size"
  ConfigTarget target;
  std::string text;  ///< one line: what it does
  double min = 0;
  double max = 1e18;
  bool live = false;  ///< whether SIGHUP applies a change; else a restart does
};

/// The keys of one room. Its room fills it with pointers into its own config struct.
struct ConfigSection {
  std::string name;  ///< the room, "log"
  std::string text;
  std::vector<ConfigKey> keys;
};

/// All sections of a server's one YAML file; reads, checks, explains.
/// Thread safety: one thread at a time.
class ConfigBook {
 public:
  explicit ConfigBook(std::vector<ConfigSection> sections) : sections_(std::move(sections)) {}

  /// Sets what the YAML text says. An unknown section or key fails with "did you mean".
  /// Fails with: invalid (with line and key); targets set before the error keep their new value.
  Result<> load_yaml(std::string_view yaml);

  /// Sets one key from the command line's "section.key=value".
  Result<> set(std::string_view assignment);

  /// Returns the reference page: every key with default, bounds, unit and whether it applies live.
  /// Requires: nothing was loaded yet, so that targets hold their defaults.
  std::string reference_markdown() const;

 private:
  Result<ConfigKey*> find(std::string_view section, std::string_view key);

  std::vector<ConfigSection> sections_;
};

/// Reads "64MiB" and friends. Fails with: invalid.
Result<std::uint64_t> parse_size(std::string_view text);
/// Reads "250ms" and friends. Fails with: invalid.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace mobilake::base

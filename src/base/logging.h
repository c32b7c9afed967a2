// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace mobilake::base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// Returns "debug", "info", "warning" or "error".
std::string_view log_level_name(LogLevel level);
/// Fails with: invalid.
Result<LogLevel> parse_log_level(std::string_view name);

/// Where log lines go. Thread safety: any thread.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// Returns whether a line of that level and room would be kept; asked before it is formatted.
  virtual bool wants(LogLevel level, std::string_view room) const = 0;
  virtual void write(LogLevel level, std::string_view room, std::string_view message) = 0;
};

/// What a room writes its log lines with: a value that is handed down, silent when made without a
/// sink. A line says what happened with numbers and names of things, and never a person's or
/// vehicle's data. Thread safety: a value; its sink outlives it.
class Logger {
 public:
  Logger() = default;
  Logger(LogSink& sink, std::string room) : sink_(&sink), room_(std::move(room)) {}

  /// Returns the logger of another room over the same sink.
  Logger for_room(std::string room) const {
    return sink_ == nullptr ? Logger() : Logger(*sink_, std::move(room));
  }

  template <typename... Args>
  void debug(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::kDebug, text, fmt::make_format_args(args...));
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::kInfo, text, fmt::make_format_args(args...));
  }
  template <typename... Args>
  void warning(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::kWarning, text, fmt::make_format_args(args...));
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::kError, text, fmt::make_format_args(args...));
  }

 private:
  void write(LogLevel level, fmt::string_view text, fmt::format_args args) const;

  LogSink* sink_ = nullptr;
  std::string room_;
};

enum class LogFormat : std::uint8_t { kText, kJson };

/// Returns a sink that writes one line per message to standard error.
std::unique_ptr<LogSink> open_stderr_sink(LogFormat format, LogLevel least);

}  // namespace mobilake::base

namespace mobilake {
using base::Logger;
}  // namespace mobilake

// SPDX-License-Identifier: Apache-2.0
#include "base/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace mobilake::base {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class StderrSink final : public LogSink {
 public:
  StderrSink(LogFormat format, LogLevel least)
      : format_(format),
        least_(least),
        logger_("mobilake", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(to_spdlog(least));
    logger_.set_pattern(format == LogFormat::kText
                            ? "%Y-%m-%dT%H:%M:%S.%eZ %l %v"
                            : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                        spdlog::pattern_time_type::utc);
  }

  bool wants(LogLevel level, std::string_view) const override { return level >= least_; }

  void write(LogLevel level, std::string_view room, std::string_view message) override {
    if (format_ == LogFormat::kText) {
      logger_.log(to_spdlog(level), "[{}] {}", room, message);
      return;
    }
    const auto quoted = [](std::string_view text) {
      return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    logger_.log(to_spdlog(level), R"("room":{},"message":{})", quoted(room), quoted(message));
  }

 private:
  LogFormat format_;
  LogLevel least_;
  spdlog::logger logger_;
};

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

Result<LogLevel> parse_log_level(std::string_view name) {
  for (const auto level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError})
    if (log_level_name(level) == name) return level;
  return invalid("a log level is debug, info, warning or error, this is \"{}\"", name);
}

void Logger::write(LogLevel level, fmt::string_view text, fmt::format_args args) const {
  if (sink_ == nullptr || !sink_->wants(level, room_)) return;
  sink_->write(level, room_, fmt::vformat(text, args));
}

std::unique_ptr<LogSink> open_stderr_sink(LogFormat format, LogLevel least) {
  return std::make_unique<StderrSink>(format, least);
}

}  // namespace mobilake::base

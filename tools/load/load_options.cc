// SPDX-License-Identifier: Apache-2.0
#include "load_options.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <variant>

namespace mobilake::load {
namespace {

using Target = std::variant<std::uint16_t*, std::uint32_t*, double*, std::string*>;

struct Option {
  std::string_view name;
  Target target;
};

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size();
}

bool set(const Option& option, const std::string& value) {
  return std::visit(
      [&](auto* target) {
        if constexpr (std::is_same_v<decltype(target), std::string*>) {
          *target = value;
          return true;
        } else {
          return read_number(value, *target) && *target >= 0;
        }
      },
      option.target);
}

// A secret is no argument: others on the machine see those.
bool read_password(const std::string& file, LoadOptions& options) {
  if (const char* word = std::getenv("MQTT_LOAD_PASSWORD"); file.empty() && word != nullptr)
    options.password = word;
  if (file.empty()) return true;
  std::ifstream in(file);
  options.password.assign(std::istreambuf_iterator<char>(in), {});
  while (!options.password.empty() && options.password.back() == '\n')
    options.password.pop_back();
  return in.good() || in.eof();
}

bool check(const LoadOptions& options) {
  if (options.connections >= 1 && options.window >= 1 && options.window <= 65'535 &&
      options.seconds > 0)
    return true;
  fmt::print(stderr,
             "mqtt_load: one connection, a window of 1 to 65535 and some time are needed\n");
  return false;
}

}  // namespace

std::string load_help() {
  return "mqtt_load --port 1883 --username gw --password-file FILE --connections 100 --window 50\n"
         "mqtt_load --port 1883 --username gw --password-file FILE --rate 20000 --vehicles 100000\n"
         "mqtt_load --port 1883 --username gw --password-file FILE --connections 10000 --idle 60\n"
         "\n"
         "Publishes at QoS 1 over MQTT 5 from one thread, and prints one line of JSON.\n"
         "  --host ADDRESS     127.0.0.1\n"
         "  --port N           1883\n"
         "  --connections N    100\n"
         "  --window N         publishes of a connection without PUBACK, 50\n"
         "  --payload BYTES    256\n"
         "  --seconds S        measured time, 5; --warmup S goes before it, 1\n"
         "  --rate N           messages a second of all together; 0: as the window lets it\n"
         "  --vehicles N       spread over the connections; 0: one each\n"
         "  --first N          number of the first connection and vehicle, 0\n"
         "  --username NAME    {n} stands for the connection's number; so in --client\n"
         "  --password-file F  or MQTT_LOAD_PASSWORD\n"
         "  --client ID        load-{n}\n"
         "  --topic T          vehicles/load-{v}/telemetry; {v} stands for the vehicle's 7 digits\n"
         "  --idle S           connects, says so, and waits\n";
}

std::optional<LoadOptions> read_load_options(int count, char** words) {
  LoadOptions options;
  std::string password_file;
  const Option all[] = {{"--host", &options.host},
                        {"--port", &options.port},
                        {"--connections", &options.connections},
                        {"--window", &options.window},
                        {"--payload", &options.payload_bytes},
                        {"--vehicles", &options.vehicles},
                        {"--first", &options.first},
                        {"--seconds", &options.seconds},
                        {"--warmup", &options.warmup_seconds},
                        {"--rate", &options.rate_per_second},
                        {"--idle", &options.idle_seconds},
                        {"--username", &options.username},
                        {"--password-file", &password_file},
                        {"--client", &options.client},
                        {"--topic", &options.topic}};
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    const Option* found = nullptr;
    for (const Option& option : all)
      if (option.name == name) found = &option;
    if (found == nullptr || i + 1 >= count || !set(*found, words[i + 1])) {
      fmt::print(stderr, "mqtt_load: what is \"{}\"?\n\n{}", name, load_help());
      return std::nullopt;
    }
  }
  if (!read_password(password_file, options)) {
    fmt::print(stderr, "mqtt_load: {} cannot be read\n", password_file);
    return std::nullopt;
  }
  return check(options) ? std::optional(options) : std::nullopt;
}

}  // namespace mobilake::load

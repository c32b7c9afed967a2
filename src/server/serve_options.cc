// SPDX-License-Identifier: Apache-2.0
#include "server/serve_options.h"

#include <array>
#include <fstream>
#include <memory>
#include <sstream>

#include "base/suggestion.h"

namespace mobilake::server {
namespace {

/// A word that takes a value, and where the value goes.
struct ValueOption {
  std::string_view name;
  std::string_view value;
  std::string_view text;
  Result<> (*take)(ServeOptions& options, const std::string& value, std::string& config_file,
                   std::vector<std::string>& assignments);
};

using Assignments = std::vector<std::string>;

Result<> not_offered(std::string_view what) {
  return unsupported("{} is not offered yet; leave the option out", what);
}

constexpr std::array kOptions{
    ValueOption{"--data-dir", "DIR", "the folder that holds all state; made where missing",
                [](ServeOptions& o, const std::string& v, std::string&, Assignments&) -> Result<> {
                  o.data_dir = v;
                  return {};
                }},
    ValueOption{"--config", "FILE", "YAML file of settings (see --show-config)",
                [](ServeOptions&, const std::string& v, std::string& f, Assignments&) -> Result<> {
                  f = v;
                  return {};
                }},
    ValueOption{"--http", "HOST:PORT", "REST door, default 127.0.0.1:8400; port 0: any free",
                [](ServeOptions&, const std::string& v, std::string&, Assignments& a) -> Result<> {
                  a.push_back("server.http=" + v);
                  return {};
                }},
    ValueOption{"--mqtt", "HOST:PORT", "MQTT door, default 127.0.0.1:1883",
                [](ServeOptions&, const std::string& v, std::string&, Assignments& a) -> Result<> {
                  a.push_back("server.mqtt=" + v);
                  return {};
                }},
    ValueOption{"-X", "KEY=VALUE", "set one setting, e.g. -X log.writers=2",
                [](ServeOptions&, const std::string& v, std::string&, Assignments& a) -> Result<> {
                  a.push_back(v);
                  return {};
                }},
    ValueOption{"--target", "NAME", "which modules to run; only \"all\" is offered",
                [](ServeOptions&, const std::string& v, std::string&, Assignments&) -> Result<> {
                  if (v == "all") return {};
                  return unsupported(
                      "--target {}: the embedded log and meta store belong to one process, so "
                      "only --target all is offered",
                      v);
                }},
    ValueOption{"--mqtts", "", "",
                [](ServeOptions&, const std::string&, std::string&, Assignments&) {
                  return not_offered("--mqtts (MQTT over TLS)");
                }},
    ValueOption{"--s3", "", "",
                [](ServeOptions&, const std::string&, std::string&, Assignments&) {
                  return not_offered("--s3 (the S3 door)");
                }},
    ValueOption{"--flight", "", "",
                [](ServeOptions&, const std::string&, std::string&, Assignments&) {
                  return not_offered("--flight (the Arrow Flight SQL door)");
                }},
    ValueOption{"--pgwire", "", "",
                [](ServeOptions&, const std::string&, std::string&, Assignments&) {
                  return not_offered("--pgwire (the PostgreSQL door)");
                }},
};

Error unknown_word(const std::string& word) {
  std::vector<std::string> names{"--help", "--modules", "--show-config"};
  for (const ValueOption& option : kOptions)
    names.emplace_back(option.name);
  const auto near = base::suggest(word, names);
  return invalid("unknown option \"{}\"{}; see mobilake serve --help", word,
                 near.has_value() ? fmt::format(", did you mean {}?", *near) : "");
}

/// Walks the words; `--name value` and `--name=value` mean the same.
class WordReader {
 public:
  WordReader(const std::vector<std::string>& words, ServeOptions& options)
      : words_(words), options_(options) {}

  Result<> read() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word == "--help" || word == "-h")
        options_.show_help = true;
      else if (word == "--modules")
        options_.show_modules = true;
      else if (word == "--show-config")
        options_.show_config = true;
      else
        MOBILAKE_TRY(read_value(word));
    }
    return {};
  }

  const std::string& config_file() const { return config_file_; }
  const Assignments& assignments() const { return assignments_; }

 private:
  Result<> read_value(const std::string& word) {
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    for (const ValueOption& option : kOptions) {
      if (option.name != name) continue;
      if (equals != std::string::npos)
        return option.take(options_, word.substr(equals + 1), config_file_, assignments_);
      if (at_ == words_.size()) return invalid("{} needs a value: {} {}", name, name, option.value);
      return option.take(options_, words_[at_++], config_file_, assignments_);
    }
    return unknown_word(word);
  }

  const std::vector<std::string>& words_;
  ServeOptions& options_;
  std::size_t at_ = 0;
  std::string config_file_;
  Assignments assignments_;
};

Result<std::string> read_config_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return not_found("the config file {} cannot be read", path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Result<std::unique_ptr<ServeOptions>> read_serve_options(const std::vector<std::string>& words) {
  auto options = std::make_unique<ServeOptions>();
  WordReader reader(words, *options);
  MOBILAKE_TRY(reader.read());
  if (options->show_help || options->show_modules || options->show_config) return options;
  base::ConfigBook book(options->config.sections());
  if (!reader.config_file().empty()) {
    MOBILAKE_ASSIGN(const std::string yaml, read_config_file(reader.config_file()));
    MOBILAKE_TRY(book.load_yaml(yaml).within(reader.config_file()));
  }
  for (const std::string& assignment : reader.assignments())
    MOBILAKE_TRY(book.set(assignment));
  if (options->data_dir.empty())
    return invalid("--data-dir is missing: mobilake serve --data-dir DIR");
  return options;
}

std::string serve_help() {
  std::string text =
      "Examples:\n"
      "  mobilake serve --data-dir /srv/mobilake\n"
      "  mobilake serve --data-dir ./data --http 127.0.0.1:0 --mqtt 127.0.0.1:0\n"
      "  mobilake serve --data-dir ./data --config mobilake.yaml -X log.writers=2\n"
      "\n"
      "Runs the server until SIGTERM, which ends it in order. When its doors are\n"
      "open it prints a line that begins with \"ready\" and writes DIR/endpoints.json.\n"
      "\n"
      "Options:\n";
  for (const ValueOption& option : kOptions)
    if (!option.text.empty())
      text +=
          fmt::format("  {:<24}{}\n", fmt::format("{} {}", option.name, option.value), option.text);
  text += fmt::format("  {:<24}{}\n", "--modules", "print the parts of the server, and end");
  text += fmt::format("  {:<24}{}\n", "--show-config", "print every setting, and end");
  return text;
}

}  // namespace mobilake::server

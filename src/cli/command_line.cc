// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "base/error_codes.h"
#include "base/suggestion.h"
#include "cli/inside/interruption.h"
#include "cli/inside/run_words.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

constexpr int kUsage = 2;

// Breaks the lines of a help page that are wider than a terminal: an example so that it can still
// be pasted, an option under its text.
std::string fit_width(const std::string& page) {
  constexpr std::size_t kWidth = 80;
  constexpr std::size_t kTextColumn = 30;
  std::string out;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    const bool is_example = line.starts_with("  mobilake ");
    while (line.size() > kWidth) {
      const std::size_t space = line.rfind(' ', kWidth - (is_example ? 2 : 0));
      if (space == std::string::npos || space < kTextColumn) break;
      out += line.substr(0, space) + (is_example ? " \\\n" : "\n");
      line = std::string(is_example ? 6 : kTextColumn, ' ') + line.substr(space + 1);
    }
    out += line + "\n";
  }
  return out;
}

// Help that begins with examples: what most people look for.
class ExamplesFirst final : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    std::string text;
    if (!app->get_footer().empty()) text = "Examples:\n" + app->get_footer() + "\n";
    return text + app->get_description() + "\n";
  }
  std::string make_footer(const CLI::App*) const override { return ""; }
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    return fit_width(CLI::Formatter::make_help(app, std::move(name), mode));
  }
};

void add_global_options(CLI::App& root, Session& session) {
  root.add_option("--server", session.server, "address of the server, e.g. http://127.0.0.1:8400")
      ->envname("MOBILAKE_SERVER");
  root.add_option("--token", session.token, "@FILE, or - for stdin; or set MOBILAKE_TOKEN")
      ->envname("MOBILAKE_TOKEN");
  root.add_option("--context", session.context, "named server and token, see: mobilake context")
      ->envname("MOBILAKE_CONTEXT");
  root.add_option("-o,--output", session.output, "form of the output: table, json, ...");
  root.add_flag("--yes", session.assume_yes, "do what cannot be undone without asking");
}

void add_verbs(CLI::App& root, Session& session) {
  CLI::App* serve = add_command(root, "serve", "Run the server (options: mobilake serve --help)",
                                "mobilake serve --data-dir /srv/mobilake");
  serve->prefix_command();
  add_sql_verb(root, session);
  add_account_verbs(root, session);
  add_user_verbs(root, session);
  add_device_verbs(root, session);
  add_table_verbs(root, session);
  add_replay_verb(root, session);
  add_sim_verbs(root, session);
  add_log_verbs(root, session);
  add_status_verb(root, session);
  add_doctor_verb(root, session);
  add_backup_verbs(root, session);
  add_context_verbs(root, session);
  add_completion_verb(root, session);
  add_version_verb(root, session);
}

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

const CLI::Option* find_option(const CLI::App* app, const std::string& name) {
  for (; app != nullptr; app = app->get_parent())
    if (const CLI::Option* option = app->get_option_no_throw(name)) return option;
  return nullptr;
}

std::vector<std::string> option_names(const CLI::App* app) {
  std::vector<std::string> names;
  for (; app != nullptr; app = app->get_parent())
    for (const CLI::Option* option : app->get_options())
      for (const std::string& name : option->get_lnames())
        names.push_back("--" + name);
  return names;
}

// Returns what to say where a command stops before its last word, e.g. "log" without "ls".
std::string missing_word(const CLI::App& app, const std::vector<std::string>& words) {
  const std::vector<std::string> names = subcommand_names(app);
  const auto asks_for_help = [](const std::string& word) {
    return word == "-h" || word == "--help";
  };
  if (names.empty() || std::any_of(words.begin(), words.end(), asks_for_help)) return "";
  if (app.get_parent() == nullptr) return "there is no command";
  return fmt::format("\"{}\" is followed by one of {}", app.get_name(), fmt::join(names, ", "));
}

// Returns what is wrong with the first unknown word, and what was meant; nothing where all are
// known.
std::string unknown_word(const CLI::App& root, const std::vector<std::string>& words) {
  const CLI::App* app = &root;
  const auto wrong = [&](const char* what, const std::string& word,
                         const std::vector<std::string>& candidates) {
    const auto meant = base::suggest(word, candidates);
    const std::string question = meant ? fmt::format(". Did you mean \"{}\"?", *meant) : "";
    return fmt::format("there is no {} \"{}\"{}", what, word, question);
  };
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word == "--") return "";
    if (word.size() > 1 && word[0] == '-') {
      const std::string name = word.substr(0, word.find('='));
      // A bundle of short flags, or a negative number, is for the parser.
      const bool is_long = word.starts_with("--");
      const CLI::Option* option = find_option(app, is_long ? name : word.substr(0, 2));
      if (option == nullptr && is_long) return wrong("option", name, option_names(app));
      const bool takes_next = option != nullptr && option->get_expected_min() > 0 &&
                              (is_long ? name == word : word.size() == 2);
      if (takes_next) ++at;
      continue;
    }
    const std::vector<std::string> names = subcommand_names(*app);
    if (names.empty()) continue;
    if (std::find(names.begin(), names.end(), word) == names.end())
      return wrong("command", word, names);
    app = app->get_subcommand(word);
  }
  return missing_word(*app, words);
}

void print_error(Session& session, const Error& error) {
  const bool colour = session.err_is_terminal && std::getenv("NO_COLOR") == nullptr;
  session.err << (colour ? "\033[1;31merror:\033[0m " : "error: ") << error.message << '\n';
}

// The parser says "Could not convert: --partition = x" where a value is not of its option's kind.
std::string in_our_words(std::string_view message) {
  constexpr std::string_view kNoConversion = "Could not convert: ";
  constexpr std::string_view kEquals = " = ";
  const std::size_t at = message.find(kEquals);
  if (!message.starts_with(kNoConversion) || at == message.npos) return std::string(message);
  return fmt::format("{} does not take \"{}\"",
                     message.substr(kNoConversion.size(), at - kNoConversion.size()),
                     message.substr(at + kEquals.size()));
}

int usage_error(Session& session, const std::string& message) {
  print_error(session, invalid("{}", message));
  session.err << "Run it with --help to see what there is.\n";
  return kUsage;
}

}  // namespace

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& examples) {
  CLI::App* app = parent.add_subcommand(name, description);
  std::string indented;
  for (const char c : "\n" + examples) {
    indented.push_back(c);
    if (c == '\n') indented += "  ";
  }
  app->footer(indented.substr(1) + "\n");
  return app;
}

int run_words(const std::vector<std::string>& words, Session& session) {
  CLI::App root("A lakehouse for vehicle data in one program.", "mobilake");
  root.formatter(std::make_shared<ExamplesFirst>());
  root.footer(
      "  mobilake serve --data-dir ./data\n"
      "  mobilake sql -c \"SELECT count(*) FROM vehicle.telemetry.signals\"\n"
      "  mobilake device new WVWZZZ1KZAW000001 --account vehicle\n");
  root.fallthrough();
  root.require_subcommand(1);
  add_global_options(root, session);
  add_verbs(root, session);
  const std::string unknown = unknown_word(root, words);
  if (!unknown.empty()) return usage_error(session, unknown);
  try {
    root.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp& help) {
    // The parser prints the help of the command that was asked for it.
    root.exit(help, session.out, session.err);
    return 0;
  } catch (const CLI::ParseError& wrong) {
    return usage_error(session, in_our_words(wrong.what()));
  }
  // The shell and its statements know more forms, and check them.
  if (!root.got_subcommand("sql"))
    if (const Result<> known = session.check_output({"table", "json"}); !known.ok())
      return usage_error(session, known.error().message);
  if (session.token.starts_with("mbl_") && std::getenv("MOBILAKE_TOKEN") == nullptr)
    session.err
        << "warning: a token on the command line shows in the list of processes; use @FILE\n";
  if (!session.action) return usage_error(session, "there is nothing to do");
  const Result<> done = session.action();
  if (interrupted()) return base::code_row(Code::kCancelled).exit_code;
  if (done.ok()) return session.exit_code;
  print_error(session, done.error());
  return base::code_row(done.error().code).exit_code;
}

int run_command_line(int argc, char** argv, const CommandHooks& hooks) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (!words.empty() && words[0] == "serve" && hooks.serve) return hooks.serve(rest);
  if (!words.empty() && words[0] == "engine-worker" && hooks.engine_worker)
    return hooks.engine_worker(rest);
  watch_for_interruption();
  Session session(hooks, std::cout, std::cerr, net::open_http_client());
  session.width = terminal_width(STDOUT_FILENO);
  session.err_is_terminal = isatty(STDERR_FILENO) != 0;
  const int code = run_words(words, session);
  std::cout.flush();
  return code;
}

}  // namespace mobilake::cli

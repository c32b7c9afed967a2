// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/sql_shell.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>

#include <editline/readline.h>

#include "base/disk.h"
#include "cli/client_context.h"
#include "cli/inside/interruption.h"
#include "cli/inside/listing.h"
#include "cli/query_run.h"

namespace mobilake::cli {
namespace {

constexpr int kHistoryMax = 1'000;

// libedit's completion takes plain functions, so its words stand in one place per process.
std::vector<std::string>& completion_words() {
  static std::vector<std::string> words{
      "SELECT", "FROM",     "WHERE", "GROUP BY", "ORDER BY",  "LIMIT", "JOIN", "LEFT JOIN",
      "ON",     "USING",    "AND",   "OR",       "NOT",       "NULL",  "IS",   "BETWEEN",
      "IN",     "LIKE",     "CASE",  "WHEN",     "THEN",      "ELSE",  "END",  "HAVING",
      "WITH",   "DISTINCT", "COUNT", "SUM",      "AVG",       "MIN",   "MAX",  "CAST",
      "AS",     "UNION",    "OVER",  "INTERVAL", "TIMESTAMP", "DESC",  "ASC",  "EXPLAIN"};
  return words;
}

char* next_completion(const char* typed, int state) {
  static std::size_t at = 0;
  if (state == 0) at = 0;
  const std::vector<std::string>& words = completion_words();
  while (at < words.size()) {
    const std::string& word = words[at++];
    if (strncasecmp(word.c_str(), typed, std::strlen(typed)) == 0) return strdup(word.c_str());
  }
  return nullptr;
}

char** complete(const char* typed, int, int) {
  rl_attempted_completion_over = 1;
  return rl_completion_matches(typed, next_completion);
}

std::string history_path() {
  const Result<std::string> contexts = contexts_path();
  return contexts.ok() ? base::parent_directory(*contexts) + "/sql_history" : "";
}

std::optional<std::string> read_line(bool terminal, const char* prompt) {
  if (!terminal) {
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return line;
  }
  char* typed = readline(prompt);
  if (typed == nullptr) return std::nullopt;
  std::string line(typed);
  std::free(typed);
  return line;
}

Result<> list_tables(Session& session, ApiClient& api) {
  MOBILAKE_ASSIGN(const auto items, all_items(api, "/api/v1/tables"));
  print_items(session, items, {{"NAME", "name"}, {"ROWS", "rows"}, {"FILES", "files"}});
  return {};
}

Result<> describe_table(Session& session, ApiClient& api, const std::string& name) {
  MOBILAKE_ASSIGN(const std::string text, api.get("/api/v1/tables/" + escape_url(name)));
  MOBILAKE_ASSIGN(const auto table, parse_answer(text));
  print_items(session, table.value("schema", nlohmann::ordered_json::array()),
              {{"COLUMN", "name"}, {"TYPE", "type"}, {"UNIT", "unit"}, {"ABOUT", "doc"}});
  return {};
}

Result<> run_shell_command(Session& session, ApiClient& api, const std::string& line) {
  if (line == "\\t" || line == "\\dt") return list_tables(session, api);
  if (line.starts_with("\\d ")) return describe_table(session, api, line.substr(3));
  if (line == "\\?" || line == "\\h") {
    session.err << "  \\t        tables\n  \\d TABLE  columns of a table\n  \\q        leave\n"
                   "  a statement ends with ';' and may take many lines; Ctrl-C cancels it\n";
    return {};
  }
  return invalid("there is no shell command \"{}\"; \\? lists them", line);
}

void learn_tables(ApiClient& api) {
  const auto items = all_items(api, "/api/v1/tables");
  if (!items.ok()) return;
  for (const auto& item : *items)
    completion_words().push_back(item.value("name", ""));
}

void start_editing(ApiClient& api) {
  learn_tables(api);
  using_history();
  stifle_history(kHistoryMax);
  if (!history_path().empty()) read_history(history_path().c_str());
  rl_attempted_completion_function = complete;
}

}  // namespace

Result<> run_sql_shell(Session& session, ApiClient& api) {
  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal) {
    start_editing(api);
    session.err << "mobilake " << program_version() << " at " << api.server() << ", \\? for help\n";
  }
  std::string statement;
  while (const auto line = read_line(terminal, statement.empty() ? "sql> " : "  -> ")) {
    if (interrupted()) statement.clear();
    forget_interruption();
    if (statement.empty() && (*line == "\\q" || *line == "quit" || *line == "exit")) break;
    Result<> done;
    if (statement.empty() && line->starts_with('\\')) {
      done = run_shell_command(session, api, *line);
    } else {
      if (statement.empty() && line->find_first_not_of(" \t") == std::string::npos) continue;
      statement += *line + "\n";
      if (!is_complete_statement(statement)) continue;
      if (terminal) add_history(statement.substr(0, statement.size() - 1).c_str());
      done = run_query(session, api, std::exchange(statement, ""));
    }
    if (!done.ok() && !terminal) return done;
    if (!done.ok()) session.err << "error: " << done.error().message << '\n';
  }
  if (terminal && !history_path().empty()) {
    static_cast<void>(
        base::system_disk().make_directories(base::parent_directory(history_path())).ok());
    write_history(history_path().c_str());
  }
  // A last statement of a pipe needs no ';'.
  if (!terminal && statement.find_first_not_of(" \t\n") != std::string::npos)
    return run_query(session, api, statement);
  return {};
}

}  // namespace mobilake::cli

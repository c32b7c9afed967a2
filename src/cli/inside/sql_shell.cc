// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/sql_shell.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>

#include <editline/readline.h>

#include "base/disk.h"
#include "base/suggestion.h"
#include "cli/client_context.h"
#include "cli/inside/interruption.h"
#include "cli/inside/listing.h"
#include "cli/query_run.h"
#include "cli/sql_text.h"

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

struct TypedLine {
  std::string text{};
  bool interrupted = false;  ///< by Ctrl-C
};

// The editor reads on after a signal, so Ctrl-C leaves it by a jump; nothing here has a destructor.
char* edit_line(const char* prompt, bool& left) {
  static sigjmp_buf here;
  left = false;
  if (sigsetjmp(here, 1) != 0) {
    left = true;
    return nullptr;
  }
  jump_when_interrupted(&here);
  char* const typed = readline(prompt);
  jump_when_interrupted(nullptr);
  return typed;
}

/// Returns nothing at the end of the input.
std::optional<TypedLine> read_line(bool terminal, const char* prompt) {
  forget_interruption();
  TypedLine line;
  if (!terminal) {
    if (!std::getline(std::cin, line.text)) return std::nullopt;
    return line;
  }
  char* const typed = edit_line(prompt, line.interrupted);
  if (typed == nullptr && !line.interrupted) return std::nullopt;
  if (typed != nullptr) line.text = typed;
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
  if (line == "\\t" || line == "\\dt" || line == "\\d") return list_tables(session, api);
  if (line.starts_with("\\d ")) return describe_table(session, api, line.substr(3));
  if (line == "\\?" || line == "\\h" || line == "\\help") {
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
  // Without a locale of UTF-8 the editor swallows letters.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1)
    std::setlocale(LC_CTYPE, "C.UTF-8");
  rl_catch_signals = 0;  // Ctrl-C is watched for here
  using_history();
  stifle_history(kHistoryMax);
  if (!history_path().empty()) read_history(history_path().c_str());
  rl_attempted_completion_function = complete;
}

/// A line as a command of the shell rather than SQL: without blanks and ';', letters as typed.
std::string shell_word(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == line.npos) return "";
  line.remove_prefix(begin);
  return std::string(line.substr(0, line.find_last_not_of(" \t;") + 1));
}

std::string lowercase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// What people type to leave, whatever they are used to.
bool leaves(const std::string& word) {
  const std::string lower = lowercase(word);
  return lower == "\\q" || lower == "\\quit" || lower == "quit" || lower == "exit";
}

// Returns the command of the shell that `word` is, by the names of other shells too, or nothing.
std::string shell_command(const std::string& word) {
  if (word.starts_with('\\')) return word;
  const std::string lower = lowercase(word);
  if (lower == "help") return "\\?";
  if (lower == "show tables") return "\\t";
  for (const std::string_view verb : {"describe ", "desc "}) {
    if (!lower.starts_with(verb)) continue;
    const std::string table = shell_word(word.substr(verb.size()));
    if (table.find_first_of(" \t(;") == table.npos) return "\\d " + table;
  }
  return "";
}

/// Adds the table that was probably meant.
void hint_at_table(ApiClient& api, Error& error) {
  if (!error.message.starts_with("there is no table \"") &&
      !error.message.starts_with("a table is named "))
    return;
  const std::size_t begin = error.message.find('"') + 1;
  const std::size_t end = error.message.find('"', begin);
  if (begin == 0 || end == std::string::npos) return;
  const std::string wrong = error.message.substr(begin, end - begin);
  const auto items = all_items(api, "/api/v1/tables");
  if (!items.ok()) return;
  std::vector<std::string> names;
  for (const auto& item : *items)
    names.push_back(item.value("name", ""));
  const auto ending = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    return name.ends_with("." + wrong);
  });
  const auto meant = ending != names.end() ? std::optional(*ending) : base::suggest(wrong, names);
  error.message +=
      meant ? fmt::format("; did you mean {}?", *meant) : "; \\t lists those there are";
}

/// Says how names and texts are quoted where `statement` does it as other databases do.
void hint_at_quotes(const std::string& statement, Error& error) {
  constexpr std::string_view kNoColumn = "Referenced column \"";
  if (statement.find('`') != statement.npos) {
    error.message += "\nnames are quoted with \"...\", not with `...`";
    return;
  }
  if (!error.message.starts_with(kNoColumn)) return;
  const std::size_t end = error.message.find('"', kNoColumn.size());
  const std::string name = error.message.substr(kNoColumn.size(), end - kNoColumn.size());
  if (statement.find('"' + name + '"') != statement.npos)
    error.message += fmt::format("\n\"{}\" names a column; a text is '{}'", name, name);
}

/// The statements of one sitting, as they are typed.
class Sitting {
 public:
  Sitting(Session& session, ApiClient& api, bool terminal)
      : session_(session), api_(api), terminal_(terminal) {}

  /// Returns whether to go on.
  Result<bool> take(const TypedLine& line) {
    if (line.interrupted) {
      session_.err << '\n';
      typed_.clear();
      return true;
    }
    const std::string word = typed_.empty() ? shell_word(line.text) : "";
    if (leaves(word)) return false;
    if (const std::string command = shell_command(word); !command.empty()) {
      remember(line.text);
      MOBILAKE_TRY(told(run_shell_command(session_, api_, command)));
      return true;
    }
    typed_ += line.text + "\n";
    SplitSql split = split_statements(typed_);
    if (!split.statements.empty() && split.rest.empty())
      remember(typed_.substr(0, typed_.size() - 1));
    typed_ = std::move(split.rest);
    for (const std::string& statement : split.statements)
      MOBILAKE_TRY(told(run_query(session_, api_, statement), statement));
    return true;
  }

  /// A last statement of a pipe needs no ';'.
  Result<> end() {
    if (terminal_ || typed_.empty()) return {};
    return run_query(session_, api_, typed_);
  }

  std::string prompt() const {
    if (typed_.empty()) return "sql> ";
    const char open = split_statements(typed_).open;
    return fmt::format("  {}> ", open == 0 ? '-' : open);
  }

 private:
  void remember(const std::string& text) const {
    if (terminal_) add_history(text.c_str());
  }

  // On a terminal the sitting goes on after an error.
  Result<> told(Result<> done, const std::string& statement = "") {
    if (done.ok() || !terminal_) return done;
    Error error = std::move(done).error();
    hint_at_table(api_, error);
    hint_at_quotes(statement, error);
    session_.err << "error: " << error.message << '\n';
    return {};
  }

  Session& session_;
  ApiClient& api_;
  const bool terminal_;
  std::string typed_;
};

}  // namespace

Result<> run_sql_shell(Session& session, ApiClient& api) {
  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal) {
    start_editing(api);
    session.err << "mobilake " << program_version() << " at " << api.server() << ", \\? for help\n";
  }
  Sitting sitting(session, api, terminal);
  bool at_end = true;
  while (const auto line = read_line(terminal, sitting.prompt().c_str())) {
    MOBILAKE_ASSIGN(const bool goes_on, sitting.take(*line));
    at_end = goes_on;
    if (!goes_on) break;
  }
  if (terminal && at_end) session.err << '\n';  // Ctrl-D leaves the cursor behind the prompt
  if (terminal && !history_path().empty()) {
    static_cast<void>(
        base::system_disk().make_directories(base::parent_directory(history_path())).ok());
    write_history(history_path().c_str());
  }
  return sitting.end();
}

}  // namespace mobilake::cli

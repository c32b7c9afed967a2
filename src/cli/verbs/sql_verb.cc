// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <filesystem>

#include "base/disk.h"
#include "cli/inside/sql_shell.h"
#include "cli/inside/verbs.h"
#include "cli/query_run.h"
#include "cli/sql_text.h"

namespace mobilake::cli {
namespace {

struct SqlWords {
  std::string text;
  std::string file;
  bool given = false;  ///< by -c or -f
};

Result<> run_statements(Session& session, ApiClient& api, const std::string& text) {
  SplitSql split = split_statements(text);
  if (!split.rest.empty()) split.statements.push_back(std::move(split.rest));
  if (split.statements.empty()) return invalid("there is no statement in it");
  const bool binary = session.output == "arrow" || session.output == "parquet";
  if (binary && split.statements.size() > 1)
    return invalid("{} holds one result, and these are {} statements", session.output,
                   split.statements.size());
  for (const std::string& statement : split.statements)
    MOBILAKE_TRY(run_query(session, api, statement));
  return {};
}

Result<> run_sql(Session& session, SqlWords words) {
  MOBILAKE_TRY(session.check_output({"table", "json", "ndjson", "csv", "arrow", "parquet"}));
  const bool binary = session.output == "arrow" || session.output == "parquet";
  if (binary && session.width != 0)
    return invalid("{} is not for a terminal: send it to a file, mobilake sql ... > result.{}",
                   session.output, session.output);
  if (!words.file.empty()) {
    if (!words.text.empty()) return invalid("give -c or -f, not both");
    MOBILAKE_ASSIGN(words.text,
                    base::system_disk().read_file(std::filesystem::absolute(words.file).string()));
  }
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  return words.given ? run_statements(session, *api, words.text) : run_sql_shell(session, *api);
}

}  // namespace

void add_sql_verb(CLI::App& root, Session& session) {
  const auto words = std::make_shared<SqlWords>();
  CLI::App* verb =
      add_command(root, "sql", "Query tables; a shell without -c and -f",
                  "mobilake sql -c \"SELECT count(*) FROM vehicle.telemetry.signals\"\n"
                  "mobilake sql -f report.sql -o csv > report.csv\n"
                  "mobilake sql");
  verb->add_option("-c,--command", words->text, "the statement, or several with ';' between");
  verb->add_option("-f,--file", words->file, "a file with statements");
  verb->callback([&session, verb, words] {
    words->given = verb->count("-c") + verb->count("-f") > 0;
    session.action = [&session, words] { return run_sql(session, *words); };
  });
}

}  // namespace mobilake::cli

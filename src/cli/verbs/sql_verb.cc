// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <filesystem>

#include "base/disk.h"
#include "cli/inside/sql_shell.h"
#include "cli/inside/verbs.h"
#include "cli/query_run.h"

namespace mobilake::cli {
namespace {

struct SqlWords {
  std::string statement;
  std::string file;
};

Result<> run_sql(Session& session, SqlWords words) {
  MOBILAKE_TRY(session.check_output({"table", "json", "ndjson", "csv", "arrow", "parquet"}));
  const bool binary = session.output == "arrow" || session.output == "parquet";
  if (binary && session.width != 0)
    return invalid("{} is not for a terminal: send it to a file, mobilake sql ... > result.{}",
                   session.output, session.output);
  if (!words.file.empty()) {
    if (!words.statement.empty()) return invalid("give -c or -f, not both");
    MOBILAKE_ASSIGN(words.statement,
                    base::system_disk().read_file(std::filesystem::absolute(words.file).string()));
  }
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  if (words.statement.empty()) return run_sql_shell(session, *api);
  return run_query(session, *api, words.statement);
}

}  // namespace

void add_sql_verb(CLI::App& root, Session& session) {
  const auto words = std::make_shared<SqlWords>();
  CLI::App* verb =
      add_command(root, "sql", "Query tables; a shell without -c and -f",
                  "mobilake sql -c \"SELECT count(*) FROM vehicle.telemetry.signals\"\n"
                  "mobilake sql -f report.sql -o csv > report.csv\n"
                  "mobilake sql");
  verb->add_option("-c,--command", words->statement, "the statement");
  verb->add_option("-f,--file", words->file, "a file with the statement");
  verb->callback([&session, words] {
    session.action = [&session, words] { return run_sql(session, *words); };
  });
}

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/query_run.h"

#include <array>

#include "base/error_codes.h"
#include "cli/inside/interruption.h"
#include "cli/inside/listing.h"
#include "cli/sql_text.h"

namespace mobilake::cli {
namespace {

using nlohmann::ordered_json;

constexpr int kWaitMs = 1'000;
/// More rows than these nobody reads on a terminal.
constexpr int kTerminalRows = 1'000;

struct OutputForm {
  std::string_view name;
  std::string_view media_type;
};
constexpr std::array<OutputForm, 6> kForms{{
    {"table", "application/json"},
    {"json", "application/json"},
    {"ndjson", "application/x-ndjson"},
    {"csv", "text/csv"},
    {"arrow", "application/vnd.apache.arrow.stream"},
    {"parquet", "application/vnd.apache.parquet"},
}};

Error query_error(const ordered_json& answer, std::string_view sql) {
  const ordered_json fields = answer.value("error", ordered_json::object());
  Error error;
  error.code = base::code_of_name(fields.value("code", "")).value_or(Code::kInternal);
  error.message = fields.value("detail", "the query failed");
  if (fields.contains("hint")) error.message += "\n" + cell_text(fields["hint"]);
  if (fields.contains("position") && fields["position"].is_number_unsigned())
    error.message += "\n" + point_at(sql, fields["position"].get<std::size_t>());
  return error;
}

// A large result waits for its reader while the statement still runs.
bool is_readable(const ordered_json& answer) {
  return answer.value("state", "") == "finished" || answer.value("readable", false);
}

// Posts the statement and waits until its result can be read; returns its id.
Result<std::string> finish_query(ApiClient& api, const std::string& sql, bool few_rows) {
  ordered_json asked = {{"sql", sql}};
  if (few_rows) asked["limits"] = {{"rows", kTerminalRows}};
  Result<std::string> posted =
      api.post(fmt::format("/api/v1/queries?wait={}", kWaitMs),
               asked.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  if (!posted.ok()) {
    Error error = std::move(posted).error();
    if (api.problem_position().has_value())
      error.message += "\n" + point_at(sql, *api.problem_position());
    return error;
  }
  MOBILAKE_ASSIGN(ordered_json answer, parse_answer(*posted));
  const std::string id = answer.value("id", "");
  while (answer.value("state", "") == "running" && !is_readable(answer)) {
    if (interrupted()) {
      static_cast<void>(api.remove("/api/v1/queries/" + id).ok());
      return cancelled("the query was cancelled");
    }
    MOBILAKE_ASSIGN(const std::string text,
                    api.get(fmt::format("/api/v1/queries/{}?wait={}", id, kWaitMs)));
    MOBILAKE_ASSIGN(answer, parse_answer(text));
  }
  const std::string state = answer.value("state", "");
  if (state == "failed") return query_error(answer, sql);
  if (!is_readable(answer)) return cancelled("the query is {}", state);
  return id;
}

Result<> print_table(Session& session, const std::string& text) {
  MOBILAKE_ASSIGN(const ordered_json result, parse_answer(text));
  std::vector<std::string> headings;
  for (const auto& column : result.value("columns", ordered_json::array()))
    headings.push_back(column.value("name", ""));
  TablePrinter table(std::move(headings), session.width);
  for (const auto& row : result.value("rows", ordered_json::array())) {
    std::vector<std::string> cells;
    for (const auto& value : row)
      cells.push_back(value.is_null() ? "NULL" : cell_text(value));
    table.add(std::move(cells));
  }
  table.print(session.out);
  const ordered_json facts = result.value("facts", ordered_json::object());
  const std::size_t rows = table.row_count();
  const bool more = facts.value("truncated", false);
  session.err << fmt::format("{}{} {} in {} ms{}\n", more ? "the first " : "", rows,
                             rows == 1 ? "row" : "rows",
                             facts.contains("elapsed_ms") ? cell_text(facts["elapsed_ms"]) : "?",
                             more ? "; -o csv > FILE takes all of them" : "");
  return {};
}

}  // namespace

Result<> run_query(Session& session, ApiClient& api, const std::string& sql) {
  const std::string form = session.output.empty() ? "table" : session.output;
  ApiRequest request;
  for (const OutputForm& known : kForms)
    if (known.name == form) request.accept = known.media_type;
  MOBILAKE_ASSIGN(const std::string id,
                  finish_query(api, sql, form == "table" && session.width != 0));
  request.path = "/api/v1/queries/" + id + "/result";
  request.timeout = std::chrono::hours(1);
  if (form == "table" || form == "json") {
    MOBILAKE_ASSIGN(const std::string text, api.send(request));
    if (form == "table") return print_table(session, text);
    session.out << text << '\n';
    return {};
  }
  const auto sink = [&](std::string_view piece) {
    session.out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    return session.out.good() && !interrupted();
  };
  MOBILAKE_TRY(api.send(request, sink));
  return {};
}

}  // namespace mobilake::cli

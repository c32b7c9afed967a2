// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <duckdb.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error_codes.h"
#include "engine/sql/inside/worker_channel.h"
#include "engine/sql/open_sql_engine.h"

namespace mobilake::engine {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kOwnBytes = 512u << 20;  // stacks, libraries' data, allocator

// Ends the process when the server's end of the channel is gone, whatever the statement is doing.
void watch_for_orphanhood() {
  std::thread([] {
    pollfd watched{kWorkerChannel, POLLRDHUP, 0};
    while (::poll(&watched, 1, -1) < 0 && errno == EINTR) {
    }
    ::_exit(0);
  }).detach();
}

// One line without the kind in front and the quoted statement behind: what DuckDB quotes is the
// rewritten text, which shows paths of files and filters that the asker must not see.
std::string plain_message(std::string_view message) {
  if (const auto quote = message.find("\nLINE "); quote != message.npos)
    message = message.substr(0, quote);
  if (const auto kind = message.find(" Error: "); kind < 24) message.remove_prefix(kind + 8);
  while (!message.empty() && message.back() == '\n')
    message.remove_suffix(1);
  std::string line(message);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

// Where the machine's memory ends, the kernel takes this process and not the server.
void die_first() {
  const int descriptor = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)!::write(descriptor, "1000", 4);
  ::close(descriptor);
}

// DuckDB bounds its own blocks; texts that a function makes pass it by, and end here.
void bound_memory(std::uint64_t memory_bytes) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit most{2 * memory_bytes + kOwnBytes, 2 * memory_bytes + kOwnBytes};
  ::setrlimit(RLIMIT_DATA, &most);
#else
  (void)memory_bytes;  // a sanitizer's own memory has no bound
#endif
}

Error error_of(duckdb_error_type type, std::string_view duckdb_message) {
  const std::string message = plain_message(duckdb_message);
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return exhausted("the statement needs more memory than a worker has (engine.memory)");
    case DUCKDB_ERROR_INTERRUPT:
      return cancelled("the statement was cancelled");
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
      return unsupported("{}", message);
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_PERMISSION:
      // The message names files of this machine.
      return internal("a file of a table could not be read");
    case DUCKDB_ERROR_INTERNAL:
    case DUCKDB_ERROR_FATAL:
      return internal("{}", message);
    default:
      return invalid("{}", message);
  }
}

/// A database in memory with one connection, in the way that C handles are owned.
class Database {
 public:
  static Result<std::unique_ptr<Database>> open() {
    auto database = std::make_unique<Database>();
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"autoinstall_known_extensions", "false"},
             {"autoload_known_extensions", "false"},
             {"allow_community_extensions", "false"},
             {"temp_directory", ""}})
      duckdb_set_config(config, name, value);
    char* problem = nullptr;
    const bool ok =
        duckdb_open_ext(nullptr, &database->database_, config, &problem) == DuckDBSuccess &&
        duckdb_connect(database->database_, &database->connection_) == DuckDBSuccess;
    duckdb_destroy_config(&config);
    if (ok) return database;
    const Error error = internal("opening DuckDB: {}", problem == nullptr ? "" : problem);
    duckdb_free(problem);
    return error;
  }

  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  Result<> execute(const std::string& sql) {
    duckdb_result result;
    const bool ok = duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess;
    const Error error =
        ok ? Error{} : error_of(duckdb_result_error_type(&result), duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    if (!ok) return error;
    return {};
  }

  /// Runs a statement of one text parameter that gives one text.
  Result<std::string> text_of(const char* sql, const std::string& parameter) {
    duckdb_prepared_statement statement = nullptr;
    if (duckdb_prepare(connection_, sql, &statement) != DuckDBSuccess) {
      const Error error = internal("{}", duckdb_prepare_error(statement));
      duckdb_destroy_prepare(&statement);
      return error;
    }
    duckdb_bind_varchar_length(statement, 1, parameter.data(), parameter.size());
    duckdb_result result{};
    std::string text;
    Error error;
    const bool ok = duckdb_execute_prepared(statement, &result) == DuckDBSuccess;
    if (ok) {
      char* value = duckdb_value_varchar(&result, 0, 0);
      text = value == nullptr ? "" : value;
      duckdb_free(value);
    } else {
      error = error_of(duckdb_result_error_type(&result), duckdb_result_error(&result));
    }
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    if (!ok) return error;
    return text;
  }

  duckdb_connection connection() { return connection_; }

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

/// Lets Arrow write its stream into the channel. A piece is one frame.
class ChannelOutput final : public arrow::io::OutputStream {
 public:
  explicit ChannelOutput(WorkerChannel& channel) : channel_(channel) {}

  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, std::int64_t size) override {
    buffer_.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
    position_ += size;
    return buffer_.size() < kPieceBytes ? arrow::Status::OK() : Flush();
  }
  arrow::Status Flush() override {
    if (buffer_.empty()) return arrow::Status::OK();
    const auto sent = channel_.send(FrameKind::kArrow, buffer_);
    buffer_.clear();
    return sent.ok() ? arrow::Status::OK() : arrow::Status::IOError(sent.error().message);
  }
  arrow::Status Close() override {
    closed_ = true;
    return Flush();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }

 private:
  static constexpr std::size_t kPieceBytes = 256 * 1024;
  WorkerChannel& channel_;
  std::string buffer_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

Error arrow_error(const arrow::Status& status) {
  return internal("Arrow: {}", status.message());
}

Error duckdb_error(duckdb_error_data data) {
  Error error = error_of(duckdb_error_data_error_type(data), duckdb_error_data_message(data));
  duckdb_destroy_error_data(&data);
  return error;
}

Result<std::shared_ptr<arrow::Schema>> arrow_schema(duckdb_result& result,
                                                    duckdb_arrow_options options) {
  const idx_t count = duckdb_column_count(&result);
  std::vector<duckdb_logical_type> types;
  std::vector<const char*> names;
  for (idx_t i = 0; i < count; ++i) {
    types.push_back(duckdb_column_logical_type(&result, i));
    names.push_back(duckdb_column_name(&result, i));
  }
  ArrowSchema exported{};
  duckdb_error_data problem =
      duckdb_to_arrow_schema(options, types.data(), names.data(), count, &exported);
  for (auto& type : types)
    duckdb_destroy_logical_type(&type);
  if (problem != nullptr) return duckdb_error(problem);
  auto schema = arrow::ImportSchema(&exported);
  if (!schema.ok()) return arrow_error(schema.status());
  return *schema;
}

// Returns the number of rows.
Result<std::uint64_t> stream_chunks(duckdb_result& result, duckdb_arrow_options options,
                                    WorkerChannel& channel) {
  MOBILAKE_ASSIGN(const auto schema, arrow_schema(result, options));
  std::uint64_t rows = 0;
  auto output = std::make_shared<ChannelOutput>(channel);
  auto writer = arrow::ipc::MakeStreamWriter(output, schema);
  if (!writer.ok()) return arrow_error(writer.status());
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) {
    ArrowArray exported{};
    duckdb_error_data problem = duckdb_data_chunk_to_arrow(options, chunk, &exported);
    if (problem != nullptr) {
      duckdb_destroy_data_chunk(&chunk);
      return duckdb_error(problem);
    }
    auto batch = arrow::ImportRecordBatch(&exported, schema);
    const arrow::Status written =
        batch.ok() ? (*writer)->WriteRecordBatch(**batch) : batch.status();
    rows += duckdb_data_chunk_get_size(chunk);
    batch = arrow::Status::Cancelled("");  // frees the batch before its chunk
    duckdb_destroy_data_chunk(&chunk);
    if (!written.ok()) return arrow_error(written);
  }
  if (const char* problem = duckdb_result_error(&result); problem != nullptr && *problem != '\0')
    return error_of(duckdb_result_error_type(&result), problem);
  arrow::Status closed = (*writer)->Close();
  if (closed.ok()) closed = output->Close();
  if (!closed.ok()) return arrow_error(closed);
  return rows;
}

Result<> bind_one(duckdb_prepared_statement statement, idx_t index, const Json& value) {
  duckdb_state state = DuckDBError;
  if (value.is_null())
    state = duckdb_bind_null(statement, index);
  else if (value.is_boolean())
    state = duckdb_bind_boolean(statement, index, value.get<bool>());
  else if (value.is_number_integer())
    state = duckdb_bind_int64(statement, index, value.get<std::int64_t>());
  else if (value.is_number())
    state = duckdb_bind_double(statement, index, value.get<double>());
  else if (value.is_string())
    state = duckdb_bind_varchar_length(statement, index, value.get_ref<const std::string&>().data(),
                                       value.get_ref<const std::string&>().size());
  else
    return invalid("a parameter is null, a boolean, a number or a text");
  if (state != DuckDBSuccess) return invalid("parameter {} could not be bound", index);
  return {};
}

Result<> bind_all(duckdb_prepared_statement statement, const Json& parameters) {
  const idx_t count = duckdb_nparams(statement);
  for (idx_t i = 1; i <= count; ++i) {
    const char* raw = duckdb_parameter_name(statement, i);
    const std::string name = raw == nullptr ? std::to_string(i) : raw;
    duckdb_free(const_cast<char*>(raw));
    if (!parameters.contains(name))
      return invalid("the statement has a parameter ${} without a value", name);
    MOBILAKE_TRY(bind_one(statement, i, parameters[name]));
  }
  if (parameters.size() > count)
    return invalid("{} parameters were given and the statement has {}", parameters.size(), count);
  return {};
}

Result<std::uint64_t> run_prepared(duckdb_prepared_statement statement, const Json& parameters,
                                   WorkerChannel& channel) {
  MOBILAKE_TRY(bind_all(statement, parameters));
  duckdb_result result{};
  if (duckdb_execute_prepared_streaming(statement, &result) != DuckDBSuccess) {
    const Error error = error_of(duckdb_result_error_type(&result), duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    return error;
  }
  duckdb_arrow_options options = duckdb_result_get_arrow_options(&result);
  auto streamed = stream_chunks(result, options, channel);
  duckdb_destroy_arrow_options(&options);
  duckdb_destroy_result(&result);
  return streamed;
}

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out.push_back(c);
    if (c == '\'') out.push_back('\'');
  }
  return out + "'";
}

// Closes every door of the database but the files of this statement. In this order: allowed paths
// can be set only while external access is on, and nothing can be set after the lock.
Result<> confine(Database& database, const Json& plan) {
  std::string paths;
  for (const auto& path : plan["files"])
    paths += (paths.empty() ? "" : ", ") + sql_text(path.get<std::string>());
  MOBILAKE_TRY(
      database.execute(fmt::format("SET threads = {}", plan["threads"].get<std::uint64_t>())));
  MOBILAKE_TRY(database.execute(
      fmt::format("SET memory_limit = '{}B'", plan["memory_bytes"].get<std::uint64_t>())));
  bound_memory(plan["memory_bytes"].get<std::uint64_t>());
  MOBILAKE_TRY(database.execute("SET TimeZone = 'UTC'"));
  MOBILAKE_TRY(database.execute(fmt::format("SET allowed_paths = [{}]", paths)));
  MOBILAKE_TRY(database.execute("SET enable_external_access = false"));
  return database.execute("SET lock_configuration = true");
}

// Statements that cannot be serialised have no tree; what they are is told by their first word.
std::string first_word(std::string_view sql) {
  std::string word;
  for (const char c : sql) {
    if (std::isalpha(static_cast<unsigned char>(c)))
      word.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    else if (!word.empty())
      break;
  }
  return word;
}

Result<std::string> parse_one(Database& database, const std::string& sql) {
  MOBILAKE_ASSIGN(std::string text,
                  database.text_of("SELECT json_serialize_sql($1::VARCHAR)", sql));
  const Json tree = Json::parse(text, nullptr, false);
  if (!tree.is_object()) return internal("DuckDB gave a syntax tree that is not JSON");
  if (!tree.value("error", true)) return text;
  if (tree.value("error_type", "") != "parser")
    return unsupported("{} is not offered: queries read with SELECT", first_word(sql));
  const std::string position = tree.value("position", "");
  const std::string message = tree.value("error_message", "");
  if (position.empty()) return invalid("{}", message);
  return invalid("{} (at character {})", message, std::stoull(position) + 1);
}

Result<std::string> parse_all(Database& database, const std::string& payload) {
  Json trees = Json::array();
  for (const auto& sql : Json::parse(payload)) {
    MOBILAKE_ASSIGN(std::string tree, parse_one(database, sql.get<std::string>()));
    trees.push_back(std::move(tree));
  }
  return trees.dump();
}

// Returns the number of rows.
Result<std::uint64_t> run_plan(Database& database, const std::string& payload,
                               WorkerChannel& channel) {
  const Json plan = Json::parse(payload);
  MOBILAKE_TRY(confine(database, plan));
  MOBILAKE_ASSIGN(const std::string sql, database.text_of("SELECT json_deserialize_sql($1::JSON)",
                                                          plan["statement"].get<std::string>()));
  duckdb_prepared_statement statement = nullptr;
  if (duckdb_prepare(database.connection(), sql.c_str(), &statement) != DuckDBSuccess) {
    const Error error = invalid("{}", plain_message(duckdb_prepare_error(statement)));
    duckdb_destroy_prepare(&statement);
    return error;
  }
  auto ran = run_prepared(statement, plan["parameters"], channel);
  duckdb_destroy_prepare(&statement);
  return ran;
}

Result<> serve(Database& database, const Frame& frame, WorkerChannel& channel) {
  try {
    if (frame.kind == FrameKind::kParse) {
      MOBILAKE_ASSIGN(const std::string trees, parse_all(database, frame.payload));
      return channel.send(FrameKind::kTrees, trees);
    }
    MOBILAKE_ASSIGN(const std::uint64_t rows, run_plan(database, frame.payload, channel));
    return channel.send(FrameKind::kDone, Json{{"rows", rows}}.dump());
  } catch (const std::exception& problem) {  // nlohmann's and Arrow's own
    return internal("{}", problem.what());
  }
}

}  // namespace

int run_sql_worker() {
  watch_for_orphanhood();
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  die_first();
  WorkerChannel channel(kWorkerChannel);
  auto database = Database::open();
  for (;;) {
    auto frame = channel.receive(base::Instant::max());
    if (!frame.ok()) return 0;
    const auto served =
        database.ok() ? serve(**database, *frame, channel) : Result<>(database.error());
    if (served.ok()) continue;
    const Json error = {{"code", base::code_name(served.error().code)},
                        {"message", served.error().message}};
    if (!channel.send(FrameKind::kError, error.dump(-1, ' ', false, Json::error_handler_t::replace))
             .ok())
      return 0;
  }
}

}  // namespace mobilake::engine

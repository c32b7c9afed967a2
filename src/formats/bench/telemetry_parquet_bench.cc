// SPDX-License-Identifier: Apache-2.0
// Telemetry NDJSON in a file to sorted, typed Parquet in a file, as the stream tables do it: the
// same decoder, order and writer, on one thread. tests/prove/parquet_bar.py runs DuckDB beside it.
//
// telemetry_parquet_bench IN.ndjson OUT.parquet [--arrivals]
// A line is a payload of the flat form that begins with {"vin":"<17 characters>". All rows get one
// time of arrival; with --arrivals a line is <microseconds since 1970><space><payload>.
// Prints JSON: rows, seconds by stage, CPU seconds, and the bytes of each column.
#include <fmt/format.h>
#include <time.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "formats/default_mapping.h"
#include "formats/parquet_file.h"
#include "formats/telemetry_decoder.h"

namespace mobilake::formats {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kVinBegins = 8;
constexpr std::size_t kVinSize = 17;
constexpr std::size_t kReadBytes = 1 << 20;
constexpr std::size_t kRowsMeasured = 10'000;  // says how many rows there will be

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

[[noreturn]] void fail(std::string_view what) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

/// Calls `use` with each line of the file.
template <typename Use>
void for_each_line(const char* path, Use use) {
  std::FILE* const file = std::fopen(path, "rb");
  if (file == nullptr) fail(fmt::format("{} cannot be read", path));
  std::string buffer(kReadBytes, '\0');
  std::size_t kept = 0;
  while (true) {
    if (kept == buffer.size()) buffer.resize(2 * buffer.size());
    const std::size_t got = std::fread(buffer.data() + kept, 1, buffer.size() - kept, file);
    if (got == 0) break;
    std::string_view rest(buffer.data(), kept + got);
    for (std::size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      use(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    std::memmove(buffer.data(), rest.data(), rest.size());
    kept = rest.size();
  }
  if (kept > 0) use(std::string_view(buffer.data(), kept));
  std::fclose(file);
}

ColumnBatch decode(const char* path, bool with_arrivals) {
  auto decoder = std::move(open_payload_decoder(default_mapping())).value();
  ColumnBatch rows = decoder->new_batch();
  Timestamp arrival(std::chrono::days(20'515));
  const auto file_bytes = static_cast<std::size_t>(std::filesystem::file_size(path));
  std::size_t bytes = 0;
  for_each_line(path, [&](std::string_view line) {
    bytes += line.size() + 1;
    if (rows.row_count() == kRowsMeasured)
      rows.reserve(rows.row_count() * (file_bytes / bytes + 1));
    if (with_arrivals) {
      std::int64_t microseconds = 0;
      const auto read = std::from_chars(line.data(), line.data() + line.size(), microseconds);
      arrival = Timestamp(std::chrono::microseconds(microseconds));
      line.remove_prefix(static_cast<std::size_t>(read.ptr - line.data()) + 1);
    }
    const MessageContext context{line.substr(kVinBegins, kVinSize), arrival};
    if (const auto refused = decoder->decode(line, context, rows))
      fail(fmt::format("{}: {}", cause_name(refused->cause), line));
  });
  return rows;
}

std::string column_bytes(const ParquetFile& file) {
  std::string json;
  for (const Field& field : table_fields(default_mapping())) {
    std::int64_t bytes = 0;
    for (const ColumnFacts& facts : file.columns)
      if (facts.field_id == field.id || facts.field_id == field.key_id ||
          facts.field_id == field.value_id)
        bytes += facts.size_bytes;
    json += fmt::format(R"({}"{}":{})", json.empty() ? "" : ",", field.name, bytes);
  }
  return json;
}

void run(const char* in, const char* out, bool with_arrivals) {
  using Signals = SignalColumns;
  const auto begin = Clock::now();
  const double cpu_begin = cpu_seconds();
  const ColumnBatch rows = decode(in, with_arrivals);
  const auto decoded = Clock::now();
  const auto order = rows.sorted_by(Signals::kVehicle, Signals::kTimestamp);
  const auto ordered = Clock::now();
  const auto file = write_parquet(rows, order, {{Signals::kVehicle, Signals::kTimestamp}});
  if (!file.ok()) fail(file.error().to_string());
  std::ofstream(out, std::ios::binary)
      .write(file->bytes.data(), static_cast<std::streamsize>(file->bytes.size()));
  const auto written = Clock::now();
  const auto seconds = [](auto from, auto to) {
    return std::chrono::duration<double>(to - from).count();
  };
  fmt::print(
      R"({{"rows":{},"seconds":{:.4f},"cpu_seconds":{:.4f},"decode_s":{:.4f},"sort_s":{:.4f},)"
      R"("write_s":{:.4f},"bytes":{},"columns":{{{}}}}})"
      "\n",
      file->row_count, seconds(begin, written), cpu_seconds() - cpu_begin, seconds(begin, decoded),
      seconds(decoded, ordered), seconds(ordered, written), file->bytes.size(),
      column_bytes(*file));
}

}  // namespace
}  // namespace mobilake::formats

int main(int count, char** words) {
  const bool with_arrivals = count == 4 && std::string_view(words[3]) == "--arrivals";
  if (count != 3 && !with_arrivals) {
    std::fprintf(stderr, "usage: telemetry_parquet_bench IN.ndjson OUT.parquet [--arrivals]\n");
    return 2;
  }
  mobilake::formats::run(words[1], words[2], with_arrivals);
}

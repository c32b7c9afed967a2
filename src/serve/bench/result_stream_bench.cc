// SPDX-License-Identifier: Apache-2.0
// How fast a result becomes each of its forms: rows like those of a signals table, 12 columns.
#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "serve/http/results/result_stream.h"

namespace mobilake::serve {
namespace {

constexpr std::int64_t kRows = 200'000;
constexpr std::int64_t kBatchRows = 2'048;
constexpr int kSpeeds = 9;

std::shared_ptr<arrow::RecordBatch> batch_from(std::int64_t first) {
  arrow::StringBuilder vehicles;
  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                arrow::default_memory_pool());
  arrow::Int64Builder sequences;
  arrow::DoubleBuilder speeds;
  for (std::int64_t row = first; row < first + kBatchRows; ++row) {
    MOBILAKE_CHECK(vehicles.Append("WVWZZZ1KZAW000001").ok());
    MOBILAKE_CHECK(times.Append(1'772'438'400'000'000 + row * 1'000'000).ok());
    MOBILAKE_CHECK(sequences.Append(row).ok());
    MOBILAKE_CHECK(speeds.Append(static_cast<double>(row % 1'300) / 10).ok());
  }
  arrow::ArrayVector columns{*vehicles.Finish(), *times.Finish(), *sequences.Finish()};
  arrow::FieldVector fields{arrow::field("vehicle_id", columns[0]->type()),
                            arrow::field("ts", columns[1]->type()),
                            arrow::field("seq", columns[2]->type())};
  const std::shared_ptr<arrow::Array> speed = *speeds.Finish();
  for (int i = 0; i < kSpeeds; ++i) {
    columns.push_back(speed);
    fields.push_back(arrow::field("speed_" + std::to_string(i), arrow::float64()));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), kBatchRows, columns);
}

const std::string& stream() {
  static const std::string kStream = [] {
    auto output = *arrow::io::BufferOutputStream::Create();
    auto writer = *arrow::ipc::MakeStreamWriter(output, batch_from(0)->schema());
    for (std::int64_t row = 0; row < kRows; row += kBatchRows)
      MOBILAKE_CHECK(writer->WriteRecordBatch(*batch_from(row)).ok());
    MOBILAKE_CHECK(writer->Close().ok());
    return (*output->Finish())->ToString();
  }();
  return kStream;
}

void render(benchmark::State& state, ResultForm form) {
  constexpr std::size_t kPieceBytes = 256 * 1024;
  std::size_t bytes = 0;
  for (auto _ : state) {
    PieceSource pieces = [at = std::size_t{0}]() mutable -> Result<std::string> {
      std::string piece = stream().substr(std::min(at, stream().size()), kPieceBytes);
      at += piece.size();
      return piece;
    };
    auto source = open_result_stream(form, std::nullopt, std::move(pieces),
                                     [](const ResultEnd&) { return std::string("{}"); });
    MOBILAKE_CHECK(source.ok());
    for (auto piece = (*source)(); piece.ok() && !piece->empty(); piece = (*source)())
      bytes += piece->size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kRows);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

BENCHMARK_CAPTURE(render, json, ResultForm::kJson)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(render, ndjson, ResultForm::kNdjson)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(render, csv, ResultForm::kCsv)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(render, parquet, ResultForm::kParquet)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mobilake::serve

BENCHMARK_MAIN();

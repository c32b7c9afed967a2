// SPDX-License-Identifier: Apache-2.0
#include "serve/test/arrow_stream.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/json/from_string.h>

#include <algorithm>

#include "base/check.h"

namespace mobilake::serve {

std::shared_ptr<arrow::RecordBatch> batch_of(const std::vector<TestColumn>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays.front()->length(), arrays);
}

std::shared_ptr<arrow::Array> array_of(const std::shared_ptr<arrow::DataType>& type,
                                       const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, json);
  MOBILAKE_CHECK(array.ok());
  return *array;
}

std::string stream_of(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  auto output = *arrow::io::BufferOutputStream::Create();
  auto writer = *arrow::ipc::MakeStreamWriter(output, batches.front()->schema());
  for (const auto& batch : batches)
    MOBILAKE_CHECK(writer->WriteRecordBatch(*batch).ok());
  MOBILAKE_CHECK(writer->Close().ok());
  return (*output->Finish())->ToString();
}

std::vector<std::string> pieces_of(const std::string& bytes, std::size_t size) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < bytes.size(); at += size)
    pieces.push_back(bytes.substr(at, size));
  return pieces;
}

PieceSource source_of(std::vector<std::string> pieces) {
  return [pieces = std::move(pieces), at = std::size_t{0}]() mutable -> Result<std::string> {
    return at < pieces.size() ? pieces[at++] : std::string();
  };
}

std::string counting_stream(std::int64_t rows, std::int64_t batch_rows) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::int64_t next = 0;
  do {
    arrow::Int64Builder builder;
    for (const std::int64_t end = std::min(rows, next + batch_rows); next < end; ++next)
      MOBILAKE_CHECK(builder.Append(next).ok());
    batches.push_back(batch_of({{"n", *builder.Finish()}}));
  } while (next < rows);
  return stream_of(batches);
}

std::string whole(PieceSource& source) {
  std::string text;
  for (;;) {
    auto piece = source();
    if (!piece.ok()) return "<" + piece.error().to_string() + ">";
    if (piece->empty()) return text;
    text += *piece;
  }
}

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <parquet/arrow/writer.h>

#include <algorithm>

#include "serve/http/results/inside/cell_text.h"
#include "serve/http/results/inside/piece_output.h"
#include "serve/http/results/inside/result_writer.h"

namespace mobilake::serve {
namespace {

using arrow::Type;

constexpr std::int64_t kRowGroupRows = 64 * 1024;

// Returns whether Parquet has a type for it; the rest is written as text.
bool has_parquet_type(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
    case Type::MAP:
    case Type::STRUCT:
      if (type.num_fields() == 0) return false;
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const auto& field) { return has_parquet_type(*field->type()); });
    case Type::DICTIONARY:
      return arrow::is_string(static_cast<const arrow::DictionaryType&>(type).value_type()->id());
    case Type::NA:
    case Type::BOOL:
    case Type::FLOAT:
    case Type::DOUBLE:
    case Type::DECIMAL128:
    case Type::DECIMAL256:
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::FIXED_SIZE_BINARY:
    case Type::DATE32:
    case Type::TIME32:
    case Type::TIME64:
    case Type::TIMESTAMP:
      return true;
    default:
      return arrow::is_integer(type.id());
  }
}

arrow::Result<std::shared_ptr<arrow::Array>> as_text(const arrow::Array& column) {
  arrow::StringBuilder builder;
  for (std::int64_t row = 0; row < column.length(); ++row) {
    std::string text;
    if (append_cell(column, row, text) == CellKind::kNull)
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    else
      ARROW_RETURN_NOT_OK(builder.Append(text));
  }
  return builder.Finish();
}

class ParquetResultWriter final : public ResultWriter {
 public:
  Result<> begin(const std::shared_ptr<arrow::Schema>& schema, std::string& out) override {
    arrow::FieldVector fields;
    for (const auto& field : schema->fields()) {
      const bool fits = has_parquet_type(*field->type());
      becomes_text_.push_back(!fits);
      fields.push_back(fits ? field : arrow::field(field->name(), arrow::utf8()));
    }
    schema_ = arrow::schema(std::move(fields));
    // No owner: the writer ends before its output.
    const std::shared_ptr<arrow::io::OutputStream> sink(&output_, [](auto*) {});
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(parquet::Compression::ZSTD)
                                ->max_row_group_length(kRowGroupRows)
                                ->build();
    const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), sink,
                                                   properties, arrow_properties);
    if (!writer.ok()) return arrow_error(writer.status());
    writer_ = *std::move(writer);
    output_.take(out);
    return {};
  }

  Result<> write(const std::shared_ptr<arrow::RecordBatch>& batch, std::string& out) override {
    arrow::ArrayVector columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      if (!becomes_text_[static_cast<std::size_t>(i)]) {
        columns.push_back(batch->column(i));
        continue;
      }
      auto text = as_text(*batch->column(i));
      if (!text.ok()) return arrow_error(text.status());
      columns.push_back(*std::move(text));
    }
    rows_ += batch->num_rows();
    waiting_.push_back(arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns)));
    return rows_ < kRowGroupRows ? Result<>() : write_waiting(out);
  }

  Result<> end(const std::string&, std::string& out) override {
    if (rows_ > 0) MOBILAKE_TRY(write_waiting(out));
    const arrow::Status closed = writer_->Close();
    if (!closed.ok()) return arrow_error(closed);
    output_.take(out);
    return {};
  }

 private:
  Result<> write_waiting(std::string& out) {
    const auto table = arrow::Table::FromRecordBatches(schema_, std::exchange(waiting_, {}));
    rows_ = 0;
    if (!table.ok()) return arrow_error(table.status());
    const arrow::Status written = writer_->WriteTable(**table, kRowGroupRows);
    if (!written.ok()) return arrow_error(written);
    output_.take(out);
    return {};
  }

  PieceOutput output_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<bool> becomes_text_;
  arrow::RecordBatchVector waiting_;
  std::int64_t rows_ = 0;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

std::unique_ptr<ResultWriter> make_parquet_writer() {
  return std::make_unique<ParquetResultWriter>();
}

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include "serve/http/results/result_stream.h"

#include <arrow/api.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/reader.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "serve/http/results/inside/result_writer.h"

namespace mobilake::serve {
namespace {

constexpr std::int64_t kRowsAtOnce = 2'048;
constexpr std::int64_t kFirstRoom = 1 << 20;

struct FormRow {
  ResultForm form;
  std::string_view media_type;
  std::unique_ptr<ResultWriter> (*make_writer)();
};

constexpr std::array<FormRow, 5> kForms{{
    {ResultForm::kJson, "application/json", make_json_writer},
    {ResultForm::kNdjson, "application/x-ndjson", make_ndjson_writer},
    {ResultForm::kCsv, "text/csv", make_csv_writer},
    {ResultForm::kArrow, "application/vnd.apache.arrow.stream", make_arrow_writer},
    {ResultForm::kParquet, "application/vnd.apache.parquet", make_parquet_writer},
}};

const FormRow& row_of(ResultForm form) {
  const auto& row = kForms.at(static_cast<std::size_t>(form));
  MOBILAKE_CHECK(row.form == form);
  return row;
}

/// Lets Arrow read from pieces that are cut anywhere.
class PieceInput final : public arrow::io::InputStream {
 public:
  explicit PieceInput(PieceSource pieces) : pieces_(std::move(pieces)) {}

  arrow::Result<std::int64_t> Read(std::int64_t size, void* out) override {
    std::int64_t done = 0;
    while (done < size) {
      if (at_ == piece_.size() && !fetch()) break;
      const std::size_t count =
          std::min(static_cast<std::size_t>(size - done), piece_.size() - at_);
      std::memcpy(static_cast<char*>(out) + done, piece_.data() + at_, count);
      at_ += count;
      done += static_cast<std::int64_t>(count);
    }
    if (failure_.has_value()) return arrow::Status::IOError(failure_->message);
    position_ += done;
    return done;
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t size) override {
    // Grown as bytes come: a damaged length must not take the memory that it names.
    std::int64_t room = std::min(size, kFirstRoom);
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(room));
    std::int64_t done = 0;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const std::int64_t got,
                            Read(room - done, buffer->mutable_data() + done));
      done += got;
      if (done < room || done == size) break;
      room = std::min(size, room * 2);
      ARROW_RETURN_NOT_OK(buffer->Resize(room, false));
    }
    ARROW_RETURN_NOT_OK(buffer->Resize(done, false));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }

  /// Returns why the source gave no more, where it failed.
  const std::optional<Error>& failure() const { return failure_; }

  /// Reads what follows the stream's own end, so that the source comes to its end too.
  Result<> drain() {
    while (!failure_.has_value() && fetch()) {
    }
    if (failure_.has_value()) return *failure_;
    return {};
  }

 private:
  bool fetch() {
    if (ended_) return false;
    auto piece = pieces_();
    if (!piece.ok()) failure_ = piece.error();
    ended_ = !piece.ok() || piece->empty();
    if (ended_) return false;
    piece_ = *std::move(piece);
    at_ = 0;
    return true;
  }

  PieceSource pieces_;
  std::string piece_;
  std::size_t at_ = 0;
  std::int64_t position_ = 0;
  bool ended_ = false;
  bool closed_ = false;
  std::optional<Error> failure_;
};

/// Reads batches of bounded length, no more rows than wanted.
class ResultReader {
 public:
  ResultReader(PieceSource pieces, std::optional<std::uint64_t> rows_max)
      : input_(std::make_shared<PieceInput>(std::move(pieces))), rows_max_(rows_max) {}

  Result<> open() {
    auto reader = arrow::ipc::RecordBatchStreamReader::Open(input_);
    if (!reader.ok()) return error_of(reader.status());
    reader_ = *reader;
    return {};
  }

  std::shared_ptr<arrow::Schema> schema() const { return reader_->schema(); }
  const ResultEnd& end() const { return end_; }

  /// Returns the next rows, or null at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> next() {
    while (batch_ == nullptr || at_ == batch_->num_rows()) {
      MOBILAKE_TRY(read_batch());
      if (batch_ == nullptr) return std::shared_ptr<arrow::RecordBatch>();
    }
    std::int64_t count = std::min(kRowsAtOnce, batch_->num_rows() - at_);
    if (rows_max_.has_value())
      count = static_cast<std::int64_t>(
          std::min(static_cast<std::uint64_t>(count), *rows_max_ - end_.rows));
    if (count == 0) {
      end_.truncated = true;
      return std::shared_ptr<arrow::RecordBatch>();
    }
    auto rows = batch_->Slice(at_, count);
    at_ += count;
    end_.rows += static_cast<std::uint64_t>(count);
    return rows;
  }

 private:
  Result<> read_batch() {
    at_ = 0;
    const arrow::Status read = reader_->ReadNext(&batch_);
    if (!read.ok()) return error_of(read);
    if (batch_ == nullptr) return input_->drain();
    const arrow::Status valid = batch_->Validate();
    if (!valid.ok()) return error_of(valid);
    return {};
  }

  Error error_of(const arrow::Status& status) const {
    if (input_->failure().has_value()) return *input_->failure();
    return internal("the engine's result is no Arrow stream: {}", status.message());
  }

  // Shared since Arrow's reader holds it as well.
  std::shared_ptr<PieceInput> input_;
  std::optional<std::uint64_t> rows_max_;
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::int64_t at_ = 0;
  ResultEnd end_;
};

/// Joins reader and writer.
class ResultStream {
 public:
  ResultStream(ResultForm form, std::optional<std::uint64_t> rows_max, PieceSource pieces,
               FactsOf facts_of)
      : reader_(std::move(pieces), rows_max),
        writer_(row_of(form).make_writer()),
        facts_of_(std::move(facts_of)) {}

  Result<> open() {
    MOBILAKE_TRY(reader_.open());
    return writer_->begin(reader_.schema(), begun_);
  }

  Result<std::string> next() {
    std::string out = std::exchange(begun_, {});
    while (out.empty() && !ended_) {
      MOBILAKE_ASSIGN(const auto batch, reader_.next());
      if (batch != nullptr) {
        MOBILAKE_TRY(writer_->write(batch, out));
        continue;
      }
      ended_ = true;
      MOBILAKE_TRY(writer_->end(facts_of_(reader_.end()), out));
    }
    return out;
  }

 private:
  ResultReader reader_;
  std::unique_ptr<ResultWriter> writer_;
  FactsOf facts_of_;
  std::string begun_;
  bool ended_ = false;
};

}  // namespace

std::string_view result_media_type(ResultForm form) {
  return row_of(form).media_type;
}

std::vector<std::string> result_media_types() {
  std::vector<std::string> types;
  for (const FormRow& row : kForms)
    types.emplace_back(row.media_type);
  return types;
}

ResultForm result_form_of(std::string_view media_type) {
  const auto found = std::find_if(kForms.begin(), kForms.end(),
                                  [&](const FormRow& row) { return row.media_type == media_type; });
  MOBILAKE_CHECK(found != kForms.end());
  return found->form;
}

Result<PieceSource> open_result_stream(ResultForm form, std::optional<std::uint64_t> rows_max,
                                       PieceSource pieces, FactsOf facts_of) {
  if (form == ResultForm::kArrow && !rows_max.has_value()) {
    MOBILAKE_ASSIGN(std::string first, pieces());
    return PieceSource([first = std::move(first), pieces = std::move(pieces)]() mutable {
      return first.empty() ? pieces() : Result<std::string>(std::exchange(first, {}));
    });
  }
  auto stream =
      std::make_unique<ResultStream>(form, rows_max, std::move(pieces), std::move(facts_of));
  MOBILAKE_TRY(stream->open());
  return PieceSource([stream = std::move(stream)] { return stream->next(); });
}

}  // namespace mobilake::serve

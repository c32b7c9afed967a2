// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <arrow/ipc/writer.h>

#include "serve/http/results/inside/piece_output.h"
#include "serve/http/results/inside/result_writer.h"

namespace mobilake::serve {
namespace {

class ArrowWriter final : public ResultWriter {
 public:
  Result<> begin(const std::shared_ptr<arrow::Schema>& schema, std::string& out) override {
    // Dictionaries may grow from batch to batch.
    arrow::ipc::IpcWriteOptions options = arrow::ipc::IpcWriteOptions::Defaults();
    options.emit_dictionary_deltas = true;
    auto writer = arrow::ipc::MakeStreamWriter(&output_, schema, options);
    if (!writer.ok()) return arrow_error(writer.status());
    writer_ = *writer;
    output_.take(out);
    return {};
  }

  Result<> write(const std::shared_ptr<arrow::RecordBatch>& batch, std::string& out) override {
    const arrow::Status written = writer_->WriteRecordBatch(*batch);
    if (!written.ok()) return arrow_error(written);
    output_.take(out);
    return {};
  }

  Result<> end(const std::string&, std::string& out) override {
    const arrow::Status closed = writer_->Close();
    if (!closed.ok()) return arrow_error(closed);
    output_.take(out);
    return {};
  }

 private:
  PieceOutput output_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

}  // namespace

std::unique_ptr<ResultWriter> make_arrow_writer() {
  return std::make_unique<ArrowWriter>();
}

Error arrow_error(const arrow::Status& status) {
  return internal("the result cannot be written: {}", status.message());
}

}  // namespace mobilake::serve

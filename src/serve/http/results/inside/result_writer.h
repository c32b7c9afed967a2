// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace mobilake::serve {

/// Writes a result in one form: begin() once, write() for each batch, end() once; each appends what
/// it has to `out`, maybe nothing. Thread safety: one thread at a time.
class ResultWriter {
 public:
  virtual ~ResultWriter() = default;

  virtual Result<> begin(const std::shared_ptr<arrow::Schema>& schema, std::string& out) = 0;
  virtual Result<> write(const std::shared_ptr<arrow::RecordBatch>& batch, std::string& out) = 0;
  /// `facts` is a JSON object.
  virtual Result<> end(const std::string& facts, std::string& out) = 0;
};

std::unique_ptr<ResultWriter> make_json_writer();
std::unique_ptr<ResultWriter> make_ndjson_writer();
std::unique_ptr<ResultWriter> make_csv_writer();
std::unique_ptr<ResultWriter> make_arrow_writer();
std::unique_ptr<ResultWriter> make_parquet_writer();

/// Returns Arrow's complaint as our mistake: the stream was made by our engine.
Error arrow_error(const arrow::Status& status);

}  // namespace mobilake::serve

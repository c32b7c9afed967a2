// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "serve/http/results/result_stream.h"

namespace mobilake::serve {

/// A column of a test's batch.
using TestColumn = std::pair<std::string, std::shared_ptr<arrow::Array>>;

/// Returns a batch of columns of the same length.
std::shared_ptr<arrow::RecordBatch> batch_of(const std::vector<TestColumn>& columns);

/// Returns an array of a type from JSON, as arrow::json does: "[1, null]".
std::shared_ptr<arrow::Array> array_of(const std::shared_ptr<arrow::DataType>& type,
                                       const std::string& json);

/// Returns an Arrow IPC stream of the batches.
std::string stream_of(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);

/// Cuts bytes into pieces of `size`.
std::vector<std::string> pieces_of(const std::string& bytes, std::size_t size);

/// Gives the pieces, then the end.
PieceSource source_of(std::vector<std::string> pieces);

/// Returns a stream of one BIGINT column "n" with 0, 1, ... `rows` - 1, in batches of `batch_rows`.
std::string counting_stream(std::int64_t rows, std::int64_t batch_rows);

/// Returns all that a source gives, or its error's message in angle brackets.
std::string whole(PieceSource& source);

}  // namespace mobilake::serve

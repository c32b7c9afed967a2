// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mobilake::serve {

/// The forms in which a result is given out.
enum class ResultForm {
  kJson,     ///< {"columns":[{"name","type"}],"rows":[[...]],"facts":{...}}
  kNdjson,   ///< an object a line, named by the columns
  kCsv,      ///< RFC 4180 with a header
  kArrow,    ///< an Arrow IPC stream
  kParquet,  ///< a Parquet file
};

/// Returns the form's media type.
std::string_view result_media_type(ResultForm form);

/// Returns the media types of all forms, the first that of an unspecific Accept.
std::vector<std::string> result_media_types();

/// Requires: `media_type` is one of result_media_types().
ResultForm result_form_of(std::string_view media_type);

/// Gives pieces of a text or file; an empty piece is the end.
using PieceSource = std::move_only_function<Result<std::string>()>;

/// How a result ended.
struct ResultEnd {
  std::uint64_t rows = 0;  ///< that were given out
  bool truncated = false;  ///< the limit cut some off
};

/// Hears how it ended, just before the last piece; returns the facts as a JSON object. An Arrow
/// stream without a limit is passed through as it is, and nobody hears of its end.
using FactsOf = std::move_only_function<std::string(const ResultEnd&)>;

/// Turns an Arrow IPC stream, in pieces cut anywhere, into another form, piece by piece, so that
/// memory is bounded by one record batch (of Parquet: a row group of at most 64 Ki rows).
///
/// Values: numbers as numbers; integers beyond 2^53, decimals, NaN and infinities as texts; times
/// as RFC 3339 with Z, intervals as ISO 8601; binary as base64; null as null, in CSV as nothing (an
/// empty text is ""); lists as arrays; maps and structs as objects. Reads the schema before it
/// returns, so that an early failure is told as an error. Fails with: what `pieces` fails with,
/// internal (the pieces are no Arrow stream).
Result<PieceSource> open_result_stream(ResultForm form, std::optional<std::uint64_t> rows_max,
                                       PieceSource pieces, FactsOf facts_of);

}  // namespace mobilake::serve

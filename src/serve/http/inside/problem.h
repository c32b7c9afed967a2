// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/logging.h"
#include "base/result.h"
#include "net/http_server.h"
#include "serve/http/inside/json.h"

namespace mobilake::serve {

/// An error on its way to the caller.
struct Problem {
  Error error{};
  int status = 0;  ///< 0: that of the error's code
  net::HttpHeaders headers{};
};

/// Returns the problem document (RFC 9457). `request_id` is the same as in log and audit trail.
net::Answer problem_answer(const Problem& problem, const std::string& request_id);

/// Returns whether the message is for whoever runs the server alone: our own mistakes, damage, and
/// what names a file.
bool is_inner(const Error& error);

/// Returns what a caller may hear of an error. The cause of an inner one is logged under `id`, by
/// which the caller can have it looked up.
Error told_error(const Error& error, Logger& logger, std::string_view what, std::string_view id);

/// Returns the place within a statement that the engine's message names "(at character N)".
std::optional<std::size_t> position_in(const Error& error);

/// Returns an error as a part of another answer: {"code","detail","position"?}.
Json error_json(const Error& error);

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "net/http_server.h"

namespace mobilake::net {

/// Returns why a request was refused with that status before a handler saw it.
std::string_view refusal_detail(int status);

/// Returns the answer that says so, a problem document (RFC 9457).
Answer refusal_of(int status);

}  // namespace mobilake::net

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mobilake::net {

/// Returns the name of an alert as RFC 8446 section 6 writes it, "alert 200" for one it lacks.
std::string alert_name(int alert);

/// Returns what an alert means to whoever sent or got it.
Code code_of_alert(int alert);

/// Returns the reason of the oldest error that OpenSSL noted on this thread, and forgets them all.
std::string take_openssl_reason();

}  // namespace mobilake::net

// SPDX-License-Identifier: Apache-2.0
#include "net/inside/tls_error.h"

#include <openssl/err.h>

#include <array>

namespace mobilake::net {
namespace {

struct AlertRow {
  int alert;
  std::string_view name;
  Code code;
};

constexpr std::array kAlerts = {
    AlertRow{0, "close_notify", Code::kCancelled},
    AlertRow{10, "unexpected_message", Code::kInvalid},
    AlertRow{20, "bad_record_mac", Code::kInvalid},
    AlertRow{22, "record_overflow", Code::kInvalid},
    AlertRow{40, "handshake_failure", Code::kUnsupported},
    AlertRow{42, "bad_certificate", Code::kUnauthenticated},
    AlertRow{43, "unsupported_certificate", Code::kUnauthenticated},
    AlertRow{44, "certificate_revoked", Code::kUnauthenticated},
    AlertRow{45, "certificate_expired", Code::kUnauthenticated},
    AlertRow{46, "certificate_unknown", Code::kUnauthenticated},
    AlertRow{47, "illegal_parameter", Code::kInvalid},
    AlertRow{48, "unknown_ca", Code::kUnauthenticated},
    AlertRow{49, "access_denied", Code::kDenied},
    AlertRow{50, "decode_error", Code::kInvalid},
    AlertRow{51, "decrypt_error", Code::kInvalid},
    AlertRow{70, "protocol_version", Code::kUnsupported},
    AlertRow{71, "insufficient_security", Code::kUnsupported},
    AlertRow{80, "internal_error", Code::kUnavailable},
    AlertRow{86, "inappropriate_fallback", Code::kUnsupported},
    AlertRow{90, "user_canceled", Code::kCancelled},
    AlertRow{100, "no_renegotiation", Code::kUnsupported},
    AlertRow{109, "missing_extension", Code::kUnsupported},
    AlertRow{110, "unsupported_extension", Code::kUnsupported},
    AlertRow{112, "unrecognized_name", Code::kUnsupported},
    AlertRow{113, "bad_certificate_status_response", Code::kUnauthenticated},
    AlertRow{115, "unknown_psk_identity", Code::kUnauthenticated},
    AlertRow{116, "certificate_required", Code::kUnauthenticated},
    AlertRow{120, "no_application_protocol", Code::kUnsupported},
};

const AlertRow* row_of(int alert) {
  for (const AlertRow& row : kAlerts)
    if (row.alert == alert) return &row;
  return nullptr;
}

}  // namespace

std::string alert_name(int alert) {
  const AlertRow* const row = row_of(alert);
  return row == nullptr ? fmt::format("alert {}", alert) : std::string(row->name);
}

Code code_of_alert(int alert) {
  const AlertRow* const row = row_of(alert);
  return row == nullptr ? Code::kInvalid : row->code;
}

std::string take_openssl_reason() {
  const unsigned long number = ERR_peek_error();
  const char* const reason = number == 0 ? nullptr : ERR_reason_error_string(number);
  std::string said = reason == nullptr ? fmt::format("error {:08x}", number) : reason;
  ERR_clear_error();
  return said;
}

}  // namespace mobilake::net

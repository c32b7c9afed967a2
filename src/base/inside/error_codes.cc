// SPDX-License-Identifier: Apache-2.0
#include "base/error_codes.h"

#include <array>

#include "base/check.h"

namespace mobilake::base {
namespace {

constexpr std::array<CodeRow, 13> kTable{{
    {Code::kInvalid, "invalid", 400, 0x83, 1},
    {Code::kNotFound, "not_found", 404, 0x83, 4},
    {Code::kAlreadyExists, "already_exists", 409, 0x83, 5},
    {Code::kConflict, "conflict", 409, 0x83, 5},
    {Code::kUnauthenticated, "unauthenticated", 401, 0x86, 3},
    {Code::kDenied, "denied", 403, 0x87, 3},
    {Code::kExhausted, "exhausted", 507, 0x97, 6},
    {Code::kUnavailable, "unavailable", 503, 0x88, 6},
    {Code::kTimedOut, "timed_out", 504, 0x80, 6},
    {Code::kCorrupt, "corrupt", 500, 0x80, 1},
    {Code::kUnsupported, "unsupported", 501, 0x83, 2},
    {Code::kCancelled, "cancelled", 499, 0x80, 130},
    {Code::kInternal, "internal", 500, 0x80, 1},
}};

}  // namespace

std::span<const CodeRow> code_table() {
  return kTable;
}

const CodeRow& code_row(Code code) {
  const auto index = static_cast<std::size_t>(code);
  MOBILAKE_CHECK(index < kTable.size() && kTable[index].code == code);
  return kTable[index];
}

std::optional<Code> code_of_name(std::string_view name) {
  for (const CodeRow& row : kTable)
    if (row.name == name) return row.code;
  return std::nullopt;
}

}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#include "model/names.h"

#include <algorithm>

#include "base/utf8.h"

namespace mobilake::model {
namespace {

constexpr std::size_t kNameLengthMax = 63;
constexpr std::size_t kDeviceIdLengthMax = 128;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_name_character(char c) {
  return is_lower(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_refused_in_device_id(char c) {
  return c == '+' || c == '#' || c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

Result<> check_name(std::string_view what, std::string_view name) {
  if (name.empty() || name.size() > kNameLengthMax)
    return invalid("{} must have 1 to {} characters, this has {}", what, kNameLengthMax,
                   name.size());
  if (!is_lower(name.front()) || !std::all_of(name.begin(), name.end(), is_name_character))
    return invalid(
        "{} must begin with a lower-case letter and hold only lower-case letters, digits, '_' and "
        "'-', this is \"{}\"",
        what, name);
  return {};
}

Result<> check_device_id(std::string_view id) {
  if (id.empty() || id.size() > kDeviceIdLengthMax)
    return invalid("a device id must have 1 to {} bytes, this has {}", kDeviceIdLengthMax,
                   id.size());
  if (id.front() == '$' || std::any_of(id.begin(), id.end(), is_refused_in_device_id) ||
      !base::is_valid_utf8(id))
    return invalid(
        "a device id stands in topics, so it may not begin with '$' nor hold '+', '#', '/', "
        "control "
        "characters or bytes that are not UTF-8");
  return {};
}

Result<TableName> parse_table_name(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back().push_back(c);
  }
  if (parts.size() == 2 && parts[0] == "system") parts = {"system", "main", parts[1]};
  if (parts.size() != 3)
    return invalid("a table is named account.namespace.table, this is \"{}\"", text);
  MOBILAKE_TRY(check_name("an account", parts[0]));
  MOBILAKE_TRY(check_name("a namespace", parts[1]));
  MOBILAKE_TRY(check_name("a table", parts[2]));
  return TableName{parts[0], parts[1], parts[2]};
}

}  // namespace mobilake::model

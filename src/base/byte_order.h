// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace mobilake::base {

static_assert(std::endian::native == std::endian::little,
              "files and fast paths assume little endian");

/// Returns the little-endian integer at `bytes`; no alignment is needed.
template <typename T>
  requires std::is_integral_v<T>
T load_little(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// Writes `value` to `bytes` in little-endian order.
template <typename T>
  requires std::is_integral_v<T>
void store_little(char* bytes, T value) {
  std::memcpy(bytes, &value, sizeof value);
}

/// Appends `value` to `out` in little-endian order.
template <typename T>
  requires std::is_integral_v<T>
void append_little(std::string& out, T value) {
  char bytes[sizeof value];
  store_little(bytes, value);
  out.append(bytes, sizeof bytes);
}

}  // namespace mobilake::base

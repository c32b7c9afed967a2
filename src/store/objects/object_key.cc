// SPDX-License-Identifier: Apache-2.0
#include "store/objects/object_key.h"

#include <algorithm>

#include "base/utf8.h"

namespace mobilake::store {
namespace {

constexpr std::size_t kKeyLengthMax = 1024;
constexpr std::size_t kSegmentLengthMax = 255;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_good_segment(std::string_view segment) {
  return !segment.empty() && segment != "." && segment != ".." &&
         segment.size() <= kSegmentLengthMax && !segment.ends_with(".partial");
}

}  // namespace

Result<> check_object_key(std::string_view key) {
  if (key.empty() || key.size() > kKeyLengthMax)
    return invalid("an object key has 1 to {} bytes, this has {}", kKeyLengthMax, key.size());
  if (!base::is_valid_utf8(key) || std::any_of(key.begin(), key.end(), is_control))
    return invalid("an object key is UTF-8 without control characters");
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    if (!is_good_segment(key.substr(begin, end - begin)))
      return invalid("a segment of the object key is empty, too long, \".\", \"..\" or partial: {}",
                     key);
    begin = end + 1;
  }
  return {};
}

}  // namespace mobilake::store

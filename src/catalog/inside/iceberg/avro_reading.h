// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "formats/avro_file.h"

namespace mobilake::catalog {

/// Takes the values of one Avro record by place. The first value of another kind than asked for is
/// remembered, so that a reader checks once at the end. Thread safety: one thread.
class RecordValues {
 public:
  RecordValues(const formats::AvroValue& record, std::size_t size)
      : values_(record.list()), sound_(values_ != nullptr && values_->size() == size) {}

  std::int64_t integer(std::size_t at) {
    const auto* found = sound_ ? (*values_)[at].integer() : nullptr;
    sound_ = sound_ && found != nullptr;
    return sound_ ? *found : 0;
  }
  std::string text(std::size_t at) {
    const auto* found = sound_ ? (*values_)[at].text() : nullptr;
    sound_ = sound_ && found != nullptr;
    return sound_ ? *found : std::string();
  }
  /// Returns the list, or an empty one in place of null.
  const formats::AvroList& list(std::size_t at) {
    static const formats::AvroList none;
    if (!sound_ || (*values_)[at].is_null()) return none;
    const auto* found = (*values_)[at].list();
    sound_ = found != nullptr;
    return sound_ ? *found : none;
  }
  bool has(std::size_t at) const { return sound_ && !(*values_)[at].is_null(); }
  const formats::AvroValue& value(std::size_t at) {
    static const formats::AvroValue none;
    return sound_ ? (*values_)[at] : none;
  }
  bool sound() const { return sound_; }

 private:
  const formats::AvroList* values_;
  bool sound_;
};

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/io/interfaces.h>

#include <string>
#include <utility>

namespace mobilake::serve {

/// Lets Arrow write into a text that is taken away piece by piece.
class PieceOutput final : public arrow::io::OutputStream {
 public:
  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, std::int64_t size) override {
    bytes_.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
    position_ += size;
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }

  /// Moves what was written since the last call to the end of `out`.
  void take(std::string& out) {
    if (out.empty())
      out = std::exchange(bytes_, {});
    else
      out += std::exchange(bytes_, {});
  }

 private:
  std::string bytes_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace mobilake::serve

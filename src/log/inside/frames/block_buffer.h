// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "log/inside/frames/segment_format.h"

namespace mobilake::log {

/// Bytes that begin on a block in memory, as writes past the page cache need. Thread safety: a
/// value.
class BlockBuffer {
 public:
  BlockBuffer() = default;
  BlockBuffer(BlockBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  BlockBuffer& operator=(BlockBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  /// Makes room for `size` bytes, rounded up to whole blocks; what stood in it is lost.
  void reset(std::uint64_t size) {
    size_ = whole_blocks(size);
    if (size_ <= capacity_ && capacity_ <= kKeptBytes) return;
    bytes_.reset();  // before the new one is made: both need not live at once
    // Turns of one load differ a little in size, and should find room in each other's buffers.
    capacity_ = size_ <= kKeptBytes ? std::bit_ceil(size_) : size_;
    bytes_.reset(static_cast<char*>(std::aligned_alloc(kBlockBytes, capacity_)));
    if (bytes_ == nullptr) throw std::bad_alloc();
  }

  char* data() { return bytes_.get(); }
  std::string_view bytes() const { return {bytes_.get(), size_}; }
  std::uint64_t size() const { return size_; }
  std::uint64_t capacity() const { return capacity_; }

 private:
  static constexpr std::uint64_t kKeptBytes = 16 << 20;  ///< a rare giant does not stay
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };

  std::unique_ptr<char, Free> bytes_;
  std::uint64_t size_ = 0;
  std::uint64_t capacity_ = 0;
};

}  // namespace mobilake::log

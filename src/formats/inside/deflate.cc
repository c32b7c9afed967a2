// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/deflate.h"

#include <zlib.h>

#include <algorithm>

namespace mobilake::formats {
namespace {

// Negative: raw DEFLATE with the largest window.
constexpr int kWindowBits = -15;
constexpr int kMemoryLevel = 8;
constexpr std::size_t kFirstBytes = 64u << 10;

Bytef* input_of(std::string_view bytes) {
  // zlib does not write to its input, it only lacks the const.
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

/// Inflates until the end; `stream` is set up and freed by the caller.
Result<std::string> inflate_all(z_stream& stream, std::size_t size_max) {
  std::string out;
  while (true) {
    const std::size_t before = out.size();
    // One byte beyond the bound tells a text that ends there from one that goes on.
    const std::size_t grown = std::min(std::max(kFirstBytes, before * 2), size_max + 1);
    if (grown <= before) return exhausted("a compressed block holds more than {} bytes", size_max);
    out.resize(grown);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(grown - before);
    const int code = inflate(&stream, Z_NO_FLUSH);
    out.resize(grown - stream.avail_out);
    if (code == Z_STREAM_END) break;
    if (code != Z_OK || (out.size() < grown && stream.avail_in == 0))
      return corrupt("a compressed block of {} bytes is damaged", stream.total_in);
  }
  if (out.size() > size_max)
    return exhausted("a compressed block holds more than {} bytes", size_max);
  if (stream.avail_in != 0) return corrupt("{} bytes follow a compressed block", stream.avail_in);
  return out;
}

}  // namespace

Result<std::string> deflate_bytes(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return internal("zlib does not start");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return internal("zlib ended with {}", code);
  return out;
}

Result<std::string> inflate_bytes(std::string_view bytes, std::size_t size_max) {
  z_stream stream{};
  if (inflateInit2(&stream, kWindowBits) != Z_OK) return internal("zlib does not start");
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  auto out = inflate_all(stream, size_max);
  inflateEnd(&stream);
  return out;
}

}  // namespace mobilake::formats

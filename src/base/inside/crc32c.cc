// SPDX-License-Identifier: Apache-2.0
#include "base/crc32c.h"

#include <nmmintrin.h>

#include <array>

#include "base/byte_order.h"

namespace mobilake::base {
namespace {

// The CRC instruction has a latency of three cycles and a throughput of one: three independent
// streams keep it busy. Their sums are joined by "multiplying by x^(8 * length)", which a table
// does bytewise.

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected
constexpr std::size_t kLongStream = 4096;
constexpr std::size_t kShortStream = 256;

using Row = std::array<std::uint32_t, 256>;
using ShiftTable = std::array<Row, 4>;
using Matrix = std::array<std::uint32_t, 32>;  // over GF(2), one column a word

constexpr std::uint32_t times(const Matrix& matrix, std::uint32_t vector) {
  std::uint32_t sum = 0;
  for (std::size_t bit = 0; vector != 0; ++bit, vector >>= 1)
    if ((vector & 1) != 0) sum ^= matrix[bit];
  return sum;
}

constexpr Matrix squared(const Matrix& matrix) {
  Matrix square{};
  for (std::size_t bit = 0; bit < 32; ++bit)
    square[bit] = times(matrix, matrix[bit]);
  return square;
}

// Returns the table that carries a sum over `length` zero bytes. Requires: a power of two.
constexpr ShiftTable shift_table(std::size_t length) {
  Matrix one_bit{};
  one_bit[0] = kPolynomial;
  for (std::size_t bit = 1; bit < 32; ++bit)
    one_bit[bit] = 1u << (bit - 1);
  Matrix matrix = one_bit;
  for (std::size_t bits = 1; bits < length * 8; bits *= 2)
    matrix = squared(matrix);
  ShiftTable table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte)
    for (std::size_t place = 0; place < 4; ++place)
      table[place][byte] = times(matrix, byte << (8 * place));
  return table;
}

constexpr ShiftTable kLongShift = shift_table(kLongStream);
constexpr ShiftTable kShortShift = shift_table(kShortStream);

std::uint64_t shift(const ShiftTable& table, std::uint64_t sum) {
  return table[0][sum & 0xff] ^ table[1][(sum >> 8) & 0xff] ^ table[2][(sum >> 16) & 0xff] ^
         table[3][(sum >> 24) & 0xff];
}

// Takes whole triples of `length` bytes off `bytes`.
template <std::size_t length>
std::uint64_t sum_triples(std::string_view& bytes, const ShiftTable& table, std::uint64_t sum) {
  while (bytes.size() >= 3 * length) {
    const char* at = bytes.data();
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < length; i += 8) {
      sum = _mm_crc32_u64(sum, load_little<std::uint64_t>(at + i));
      second = _mm_crc32_u64(second, load_little<std::uint64_t>(at + length + i));
      third = _mm_crc32_u64(third, load_little<std::uint64_t>(at + 2 * length + i));
    }
    sum = shift(table, sum) ^ second;
    sum = shift(table, sum) ^ third;
    bytes.remove_prefix(3 * length);
  }
  return sum;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far) {
  std::uint64_t sum = static_cast<std::uint32_t>(~so_far);
  sum = sum_triples<kLongStream>(bytes, kLongShift, sum);
  sum = sum_triples<kShortStream>(bytes, kShortShift, sum);
  while (bytes.size() >= 8) {
    sum = _mm_crc32_u64(sum, load_little<std::uint64_t>(bytes.data()));
    bytes.remove_prefix(8);
  }
  auto rest = static_cast<std::uint32_t>(sum);
  for (const char byte : bytes)
    rest = _mm_crc32_u8(rest, static_cast<unsigned char>(byte));
  return ~rest;
}

}  // namespace mobilake::base

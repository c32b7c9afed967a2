// SPDX-License-Identifier: Apache-2.0
// Prints what this machine gives one core right now, in about two seconds, as one JSON object: a
// read that misses the caches, copying, a message through the kernel, and one step of arithmetic.
// usage: machine_probe [CORE]
#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace mobilake::load {
namespace {

constexpr auto kEach = std::chrono::milliseconds(400);
constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kReadBytes = 64 << 20;
constexpr std::size_t kCopyBytes = 256 << 20;
constexpr std::size_t kMessageBytes = 256;

/// What is computed ends here, so that the compiler leaves nothing out.
volatile std::uint64_t kept;

/// Returns the nanoseconds of one of the `steps` that `batch` does, over many batches.
template <class Batch>
double nanoseconds_a_step(std::size_t steps, Batch batch) {
  batch();  // what is touched first is touched now
  const auto begun = std::chrono::steady_clock::now();
  std::chrono::nanoseconds spent{};
  std::size_t done = 0;
  do {
    batch();
    done += steps;
    spent = std::chrono::steady_clock::now() - begun;
  } while (spent < kEach);
  return static_cast<double>(spent.count()) / static_cast<double>(done);
}

struct alignas(kCacheLine) Line {
  std::uint32_t next = 0;
};

/// Returns lines that name each other in one random circle, by Sattolo's shuffle.
std::vector<Line> circle(std::size_t lines) {
  std::vector<Line> made(lines);
  for (std::uint32_t i = 0; i < lines; ++i)
    made[i].next = i;
  std::mt19937 random(1);
  for (std::size_t i = lines - 1; i > 0; --i)
    std::swap(made[i].next, made[random() % i].next);
  return made;
}

double read_nanoseconds() {
  const std::vector<Line> lines = circle(kReadBytes / sizeof(Line));
  constexpr std::size_t kReads = 100'000;
  std::uint32_t at = 0;
  return nanoseconds_a_step(kReads, [&] {
    for (std::size_t i = 0; i < kReads; ++i)
      at = lines[at].next;
    kept = at;
  });
}

double copied_gigabytes_a_second() {
  const std::vector<char> source(kCopyBytes, 'x');
  std::vector<char> target(kCopyBytes);
  const double nanoseconds = nanoseconds_a_step(kCopyBytes, [&] {
    std::memcpy(target.data(), source.data(), kCopyBytes);
    kept = static_cast<std::uint64_t>(target[kept % kCopyBytes]);
  });
  return 1 / nanoseconds;
}

double message_nanoseconds() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return 0;
  std::array<char, kMessageBytes> message{};
  constexpr std::size_t kMessages = 1000;
  const double each = nanoseconds_a_step(kMessages, [&] {
    for (std::size_t i = 0; i < kMessages; ++i) {
      kept = static_cast<std::uint64_t>(::send(ends[0], message.data(), message.size(), 0));
      kept = static_cast<std::uint64_t>(::recv(ends[1], message.data(), message.size(), 0));
    }
  });
  ::close(ends[0]);
  ::close(ends[1]);
  return each;
}

/// Each step waits for the one before it and takes one cycle, so this is the clock.
double step_nanoseconds() {
  constexpr std::size_t kRounds = 1'000'000;
  constexpr std::size_t kStepsARound = 6;
  std::uint64_t x = 1;
  return nanoseconds_a_step(kRounds * kStepsARound, [&] {
    for (std::size_t i = 0; i < kRounds; ++i) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
    }
    kept = x;
  });
}

bool pin(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  return ::sched_setaffinity(0, sizeof(cores), &cores) == 0;
}

int probe(std::string_view word) {
  int core = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), core);
  if (error != std::errc{} || end != word.data() + word.size() || core < 0 || core >= CPU_SETSIZE ||
      !pin(core)) {
    fmt::print(stderr, "machine_probe: no core '{}'\n", word);
    return 2;
  }
  const double read = read_nanoseconds();
  const double copied = copied_gigabytes_a_second();
  const double message = message_nanoseconds();
  fmt::print(
      "{{\"read_ns\":{:.2f},\"copy_gb_per_s\":{:.3f},\"message_ns\":{:.1f},\"step_ns\":{:.4f}}}\n",
      read, copied, message, step_nanoseconds());
  return 0;
}

}  // namespace
}  // namespace mobilake::load

int main(int argc, char** argv) {
  return mobilake::load::probe(argc > 1 ? argv[1] : "0");
}

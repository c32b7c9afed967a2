// SPDX-License-Identifier: Apache-2.0
// Stands in for libFuzzer's main() in ordinary builds: gives a fuzz target every file of its corpus
// once, and then inputs made from these for as long as it is told. See tests/fuzz/README.md.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kInputBytesMax = 64 * 1024;
constexpr unsigned kChangesMax = 6;
constexpr unsigned kInputSecondsMax = 10;
constexpr int kNotTried = 2;  // exit code
// What parsers branch on: ends of number ranges, brackets, separators.
constexpr std::array<std::string_view, 28> kWords{std::string_view("\0", 1),
                                                  std::string_view("\0\0\0\0", 4),
                                                  "\xff",
                                                  "\xff\xff\xff\xff",
                                                  "\x7f",
                                                  "\x80",
                                                  "\x80\x80\x80\x01",
                                                  "\xff\xff\xff\x7f",
                                                  "\xc0\xaf",
                                                  "\xed\xa0\x80",
                                                  "{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  "\"",
                                                  "\\u0000",
                                                  "\\ud800",
                                                  ":",
                                                  ",",
                                                  "\n",
                                                  "-0",
                                                  "1e999",
                                                  "nan",
                                                  "9223372036854775808",
                                                  "18446744073709551615",
                                                  "true",
                                                  "null",
                                                  "+#/$"};

/// Makes new inputs from those of the corpus. The same seed gives the same inputs in the same
/// order.
class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, std::uint64_t seed)
      : corpus_(std::move(corpus)), chance_(seed) {}

  std::string next() {
    std::string input = any_of_corpus();
    for (std::size_t changes = 1 + below(kChangesMax); changes > 0; --changes)
      change(input);
    if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : chance_() % limit; }
  const std::string& any_of_corpus() { return corpus_[below(corpus_.size())]; }

  // Returns a piece of another input: what is well-formed there breaks rules here.
  std::string_view any_piece() {
    const std::string_view other = any_of_corpus();
    const std::size_t at = below(other.size());
    return other.substr(at, 1 + below(std::min<std::size_t>(other.size() - at, 256)));
  }

  void change(std::string& input) {
    const std::size_t at = below(input.size() + 1);
    const std::size_t left = input.size() - at;
    const std::size_t some = left == 0 ? 0 : 1 + below(std::min<std::size_t>(left, 32));
    switch (below(9)) {
      case 0:
        if (left > 0) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        return;
      case 1:
        if (left > 0) input[at] = static_cast<char>(chance_());
        return;
      case 2:
        if (left > 0) input[at] = static_cast<char>(input[at] + (below(2) == 0 ? 1 : -1));
        return;
      case 3:
        input.resize(at);
        return;
      case 4:
        input.erase(at, some);
        return;
      case 5:
        input.insert(at, std::string(input, at, some));
        return;
      case 6:
        input.insert(at, kWords[below(kWords.size())]);
        return;
      case 7:
        input.insert(at, any_piece());
        return;
      default:
        input.replace(at, some, any_piece());
    }
  }

  std::vector<std::string> corpus_;
  std::mt19937_64 chance_;
};

/// The input that is being tried, in a file: whatever ends the process, that stays.
class TriedInput {
 public:
  explicit TriedInput(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644)) {}

  bool is_open() const { return descriptor_ >= 0; }

  void run(std::string_view input) {
    if (::ftruncate(descriptor_, static_cast<off_t>(input.size())) != 0 ||
        ::pwrite(descriptor_, input.data(), input.size(), 0) != static_cast<ssize_t>(input.size()))
      std::_Exit(kNotTried);
    ::alarm(kInputSecondsMax);
    // A copy of its own size, so that the sanitizer sees a read beyond its end.
    const std::vector<char> exact(input.begin(), input.end());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(exact.data()), exact.size());
    ::alarm(0);
  }

 private:
  int descriptor_;
};

std::vector<std::filesystem::path> files_of(const std::filesystem::path& place) {
  if (std::filesystem::is_regular_file(place)) return {place};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Options {
  std::filesystem::path corpus;
  unsigned seconds = 0;
  std::uint64_t seed = 1;
};

/// Tries the corpus and what is made from it; returns only when nothing was found.
void try_all(const Options& options, TriedInput& tried) {
  std::vector<std::string> corpus;
  for (const auto& file : files_of(options.corpus))
    corpus.push_back(content_of(file));
  for (const std::string& input : corpus)
    tried.run(input);
  std::printf("%zu inputs replayed\n", corpus.size());
  if (options.seconds == 0) return;
  Mutator mutator(std::move(corpus), options.seed);
  std::size_t count = 0;
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  for (; Clock::now() < end; ++count)
    tried.run(mutator.next());
  std::printf("%zu inputs made in %u s from seed %llu\n", count, options.seconds,
              static_cast<unsigned long long>(options.seed));
}

/// Tries all in this process; what ends it is the last input in `path`.
int try_here(const Options& options, const std::string& path) {
  TriedInput tried(path);
  if (!tried.is_open()) {
    std::fprintf(stderr, "%s: cannot be written: %s\n", path.c_str(), std::strerror(errno));
    return kNotTried;
  }
  try_all(options, tried);
  return 0;
}

/// Runs this program again in a process of its own, so that somebody is left to say what was found.
/// A mere fork would inherit the locks that other threads hold, the sanitizer's among them.
int watched(const Options& options, const std::string& path) {
  std::string words[] = {"/proc/self/exe", options.corpus.string(), std::to_string(options.seconds),
                         std::to_string(options.seed), path};
  char* arguments[std::size(words) + 1] = {};
  std::transform(std::begin(words), std::end(words), arguments,
                 [](std::string& word) { return word.data(); });
  pid_t child = 0;
  int status = 0;
  if (::posix_spawn(&child, arguments[0], nullptr, nullptr, arguments, environ) != 0 ||
      ::waitpid(child, &status, 0) != child)
    return kNotTried;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    std::filesystem::remove(path);
    return 0;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotTried) return kNotTried;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    std::fprintf(stderr, "an input ran for more than %u s\n", kInputSecondsMax);
  std::fprintf(stderr, "FOUND: the last input tried is %s (seed %llu); try it alone by its path\n",
               path.c_str(), static_cast<unsigned long long>(options.seed));
  return 1;
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const bool understood = argc >= 2 && argc <= 5 &&
                          (argc < 3 || read_number(argv[2], options.seconds)) &&
                          (argc < 4 || read_number(argv[3], options.seed));
  if (understood) options.corpus = argv[1];
  if (!understood || !std::filesystem::exists(options.corpus)) {
    std::fprintf(stderr, "usage: %s CORPUS-FOLDER|INPUT [SECONDS [SEED]]\n", argv[0]);
    return 2;
  }
  // An empty corpus would pass without having tried anything.
  if (files_of(options.corpus).empty()) {
    std::fprintf(stderr, "%s: the corpus is empty\n", argv[1]);
    return 1;
  }
  if (argc == 5) return try_here(options, argv[4]);
  const std::string name = std::filesystem::path(argv[0]).filename();
  return watched(options, std::filesystem::absolute(name + ".found").string());
}

// SPDX-License-Identifier: Apache-2.0
// Reads the input up to its first zero byte as a configuration file, and each line behind it as one
// section.key=value of the command line.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/config.h"

namespace {

using namespace mobilake;
using namespace mobilake::base;

/// One key of every kind that there is.
struct Settings {
  bool sync = true;
  std::uint64_t writers = 1;
  double share = 0.5;
  std::string name = "n";
  SizeBytes size{64ULL << 20};
  std::chrono::milliseconds every{2000};
  std::vector<std::string> names;

  ConfigBook book() {
    return ConfigBook({{"log",
                        "The log.",
                        {{"sync", &sync, "a yes or no", 0, 1},
                         {"writers", &writers, "a number", 1, 64},
                         {"share", &share, "a part", 0, 1},
                         {"segment_size", &size, "a size", 1 << 20, 1 << 30}}},
                       {"net",
                        "The rest.",
                        {{"name", &name, "a text"},
                         {"every", &every, "a time", 100, 60'000, true},
                         {"names", &names, "a list"}}}});
  }

  // Whatever was accepted or refused, no setting is ever out of its bounds.
  void check() const {
    MOBILAKE_CHECK(writers >= 1 && writers <= 64);
    MOBILAKE_CHECK(share >= 0 && share <= 1);
    MOBILAKE_CHECK(size.value >= 1 << 20 && size.value <= 1 << 30);
    MOBILAKE_CHECK(every.count() >= 100 && every.count() <= 60'000);
  }
};

void check_refusal(const Result<>& result) {
  if (result.ok()) return;
  MOBILAKE_CHECK(result.error().code == Code::kInvalid);
  MOBILAKE_CHECK(!result.error().message.empty());
}

void check_units(std::string_view text) {
  const auto size = parse_size(text);
  if (size.ok()) MOBILAKE_CHECK(*parse_size(std::to_string(*size)) == *size);
  const auto span = parse_duration(text);
  if (!span.ok()) return;
  MOBILAKE_CHECK(span->count() >= 0);
  MOBILAKE_CHECK(*parse_duration(std::to_string(span->count()) + "ms") == *span);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view yaml = input.substr(0, input.find('\0'));
  Settings settings;
  ConfigBook book = settings.book();
  check_refusal(book.load_yaml(yaml));
  settings.check();
  std::string_view lines = input.substr(std::min(input.size(), yaml.size() + 1));
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    check_refusal(book.set(line));
    settings.check();
    check_units(line.substr(line.find('=') + 1));
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// A target with a fault: shows that the loop of replay_corpus.cc finds one and names its input.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (std::find(data, data + size, '{') != data + size) std::abort();
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "store/objects/object_store.h"

namespace mobilake::store {

/// Objects in memory, with the rules of the real store. Thread safety: any thread.
class FakeObjectStore final : public ObjectStore {
 public:
  Result<> put(std::string_view key, std::string_view bytes) override;
  Result<std::string> get_range(std::string_view key, std::uint64_t offset,
                                std::uint64_t size) override;
  Result<std::string> get(std::string_view key) override;
  Result<std::uint64_t> size(std::string_view key) override;
  Result<> remove(std::string_view key) override;
  std::string location(std::string_view key) const override;
  Result<std::string> key_of(std::string_view location) const override;

  /// Returns all keys, in order.
  std::vector<std::string> keys();
  /// Lets `after` puts work, then makes `count` fail with unavailable; those store nothing.
  void fail_puts(int count, int after = 0) {
    auto state = state_.lock();
    state->puts_to_fail = count;
    state->puts_before_failing = after;
  }

 private:
  struct State {
    std::map<std::string, std::string, std::less<>> objects;
    int puts_to_fail = 0;
    int puts_before_failing = 0;
  };
  Guarded<State> state_;
};

}  // namespace mobilake::store

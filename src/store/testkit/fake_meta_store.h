// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/guarded.h"
#include "store/meta/meta_store.h"

namespace mobilake::store {

/// The meta store in memory: serializable transactions over ordered maps. It outlives the stores
/// over it, so that a test can crash everything else and look again. Thread safety: any thread.
class FakeMetaStore final : public MetaStore {
 public:
  using Spaces =
      std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>>;

  Result<> transact(const Work& work) override;
  Result<> read(const Work& work) override;
  Result<> backup_to(const std::string& path) override;

  /// What becomes of a transaction whose answer is lost.
  enum class Lost {
    kNothing,  ///< answers arrive
    kBefore,   ///< it did not take place, and the caller hears unavailable
    kAfter,    ///< it took place, and the caller hears unavailable all the same
  };
  /// Loses the answer of the next transaction.
  void lose_next(Lost lost) { state_.lock()->lose_next = lost; }
  /// Runs before each later transaction, outside of it; for staging conflicts. May be empty.
  void before_transact(std::function<void()> hook) { state_.lock()->hook = std::move(hook); }
  /// Returns a copy of everything.
  Spaces snapshot() { return state_.lock()->spaces; }

 private:
  struct State {
    Spaces spaces;
    Lost lose_next = Lost::kNothing;
    std::function<void()> hook;
  };
  Guarded<State> state_;
};

}  // namespace mobilake::store

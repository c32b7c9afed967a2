// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "store/meta/meta_store.h"

namespace mobilake::store {

/// Writes numbered transactions into a store and knows what must be there after any failure.
class MetaLedger {
 public:
  using Rows = std::map<std::string, std::string>;

  explicit MetaLedger(base::Random& random) : random_(random) {}

  /// Runs one more transaction: some puts, some of them over old keys, and a removal.
  Result<> step(MetaStore& store) {
    Rows next = acknowledged_;
    const std::string number = std::to_string(++number_);
    std::vector<std::pair<std::string, std::string>> puts;
    for (std::uint64_t left = 1 + random_.below(4); left > 0; --left)
      puts.emplace_back("key" + std::to_string(random_.below(40)),
                        number + std::string(random_.below(3'000), 'x'));
    const std::string gone = "key" + std::to_string(random_.below(40));
    for (const auto& [key, value] : puts)
      next[key] = value;
    next.erase(gone);
    const Result<> done = store.transact([&](MetaTransaction& transaction) -> Result<> {
      for (const auto& [key, value] : puts)
        MOBILAKE_TRY(transaction.put("rows", key, value));
      return transaction.remove("rows", gone);
    });
    if (done.ok()) {
      acknowledged_ = std::move(next);
      in_doubt_.clear();
    } else {
      in_doubt_.push_back(std::move(next));
    }
    return done;
  }

  /// Expects in the store what was acknowledged, or that and one transaction in doubt after it,
  /// whole.
  void verify(MetaStore& store) {
    Rows found;
    const Result<> read = store.read([&](MetaTransaction& transaction) -> Result<> {
      MOBILAKE_ASSIGN(const auto rows, transaction.scan("rows", "", "", 1'000'000));
      found.insert(rows.begin(), rows.end());
      return {};
    });
    ASSERT_TRUE(read.ok()) << read.error().message;
    const bool known = found == acknowledged_ ||
                       std::find(in_doubt_.begin(), in_doubt_.end(), found) != in_doubt_.end();
    ASSERT_TRUE(known) << "after transaction " << number_ << ", with " << in_doubt_.size()
                       << " in doubt";
    acknowledged_ = std::move(found);
    in_doubt_.clear();
  }

  std::uint64_t number() const { return number_; }

 private:
  base::Random& random_;
  std::uint64_t number_ = 0;
  Rows acknowledged_;
  std::vector<Rows> in_doubt_;
};

}  // namespace mobilake::store

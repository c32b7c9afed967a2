// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/meta/meta_store.h"

namespace mobilake::store {

/// What every MetaStore must do. Instantiate it for an implementation:
/// `INSTANTIATE_TEST_SUITE_P(Fake, MetaStoreConformance, testing::Values(MetaStoreMaker{"fake",
/// make}));`
struct MetaStoreMaker {
  std::string name;
  /// Returns a new, empty store.
  std::function<std::unique_ptr<MetaStore>()> make;
};

inline void PrintTo(const MetaStoreMaker& maker, std::ostream* out) {
  *out << maker.name;
}

class MetaStoreConformance : public testing::TestWithParam<MetaStoreMaker> {
 protected:
  using Rows = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override {
    store_ = GetParam().make();
    ASSERT_NE(store_, nullptr);
  }

  Result<> put(std::string_view space, std::string_view key, std::string_view value) {
    return store_->transact(
        [&](MetaTransaction& transaction) { return transaction.put(space, key, value); });
  }

  std::optional<std::string> get(std::string_view space, std::string_view key) {
    std::optional<std::string> value;
    const Result<> read = store_->read([&](MetaTransaction& transaction) -> Result<> {
      MOBILAKE_ASSIGN(value, transaction.get(space, key));
      return {};
    });
    EXPECT_TRUE(read.ok());
    return value;
  }

  std::vector<std::string> keys(std::string_view space, std::string_view prefix,
                                std::string_view after = "", std::size_t limit = 100) {
    Rows rows;
    const Result<> read = store_->read([&](MetaTransaction& transaction) -> Result<> {
      MOBILAKE_ASSIGN(rows, transaction.scan(space, prefix, after, limit));
      return {};
    });
    EXPECT_TRUE(read.ok());
    std::vector<std::string> found;
    for (const auto& [key, value] : rows)
      found.push_back(key);
    return found;
  }

  std::unique_ptr<MetaStore> store_;
};

TEST_P(MetaStoreConformance, KeepsWhatWasCommitted) {
  ASSERT_TRUE(put("users", "ada", "1").ok());
  EXPECT_EQ(get("users", "ada"), "1");
  ASSERT_TRUE(put("users", "ada", "2").ok());
  EXPECT_EQ(get("users", "ada"), "2");
  EXPECT_EQ(get("users", "bob"), std::nullopt);
}

TEST_P(MetaStoreConformance, TellsAnEmptyValueFromAMissingOne) {
  ASSERT_TRUE(put("s", "empty", "").ok());
  EXPECT_EQ(get("s", "empty"), "");
  EXPECT_EQ(get("s", "missing"), std::nullopt);
}

TEST_P(MetaStoreConformance, KeepsSpacesApart) {
  ASSERT_TRUE(put("a", "key", "in a").ok());
  ASSERT_TRUE(put("ab", "key", "in ab").ok());
  EXPECT_EQ(get("a", "key"), "in a");
  EXPECT_EQ(keys("a", "").size(), 1u);
}

TEST_P(MetaStoreConformance, KeepsNothingOfATransactionThatFails) {
  ASSERT_TRUE(put("s", "kept", "old").ok());
  const Result<> failed = store_->transact([](MetaTransaction& transaction) -> Result<> {
    MOBILAKE_TRY(transaction.put("s", "kept", "new"));
    MOBILAKE_TRY(transaction.put("s", "more", "new"));
    return conflict("somebody was first");
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, Code::kConflict);
  EXPECT_EQ(get("s", "kept"), "old");
  EXPECT_EQ(get("s", "more"), std::nullopt);
}

TEST_P(MetaStoreConformance, KeepsNothingOfATransactionThatThrows) {
  bool failed = false;
  try {
    const Result<> thrown = store_->transact([](MetaTransaction& transaction) -> Result<> {
      MOBILAKE_TRY(transaction.put("s", "key", "value"));
      throw std::runtime_error("thrown on purpose");
    });
    failed = !thrown.ok();
  } catch (const std::runtime_error&) {
    failed = true;
  }
  EXPECT_TRUE(failed);
  EXPECT_EQ(get("s", "key"), std::nullopt);
  EXPECT_TRUE(put("s", "key", "later").ok());
}

TEST_P(MetaStoreConformance, ShowsATransactionItsOwnWrites) {
  ASSERT_TRUE(put("s", "a", "1").ok());
  const Result<> done = store_->transact([](MetaTransaction& transaction) -> Result<> {
    MOBILAKE_TRY(transaction.put("s", "b", "2"));
    MOBILAKE_TRY(transaction.remove("s", "a"));
    MOBILAKE_ASSIGN(const auto removed, transaction.get("s", "a"));
    EXPECT_EQ(removed, std::nullopt);
    MOBILAKE_ASSIGN(const Rows rows, transaction.scan("s", "", "", 10));
    EXPECT_EQ(rows, (Rows{{"b", "2"}}));
    return {};
  });
  EXPECT_TRUE(done.ok());
}

TEST_P(MetaStoreConformance, RemovesAndDoesNotMindAMissingKey) {
  ASSERT_TRUE(put("s", "key", "value").ok());
  for (int time = 0; time < 2; ++time) {
    const Result<> removed = store_->transact(
        [](MetaTransaction& transaction) { return transaction.remove("s", "key"); });
    EXPECT_TRUE(removed.ok());
  }
  EXPECT_EQ(get("s", "key"), std::nullopt);
}

TEST_P(MetaStoreConformance, ScansByPrefixInTheOrderOfBytes) {
  const std::string high = "a\xff";
  const std::string highest = "a\xff\xff";
  const std::string with_nul("a\0b", 3);
  for (const std::string& key : {std::string("b"), high, std::string("a"), highest, with_nul,
                                 std::string("A"), std::string("aa"), std::string("\xff\xff")})
    ASSERT_TRUE(put("s", key, "x").ok());
  EXPECT_EQ(keys("s", "a"), (std::vector<std::string>{"a", with_nul, "aa", high, highest}));
  EXPECT_EQ(keys("s", high), (std::vector<std::string>{high, highest}));
  EXPECT_EQ(keys("s", "\xff"), (std::vector<std::string>{"\xff\xff"}));
  EXPECT_EQ(keys("s", "").size(), 8u);
  EXPECT_TRUE(keys("s", "c").empty());
  EXPECT_TRUE(keys("none", "").empty());
}

TEST_P(MetaStoreConformance, ScansInPages) {
  for (const char* key : {"p1", "p2", "p3", "q1"})
    ASSERT_TRUE(put("s", key, "x").ok());
  EXPECT_EQ(keys("s", "p", "", 2), (std::vector<std::string>{"p1", "p2"}));
  EXPECT_EQ(keys("s", "p", "p2", 2), (std::vector<std::string>{"p3"}));
  EXPECT_TRUE(keys("s", "p", "p3", 2).empty());
  EXPECT_EQ(keys("s", "p", "a", 1), (std::vector<std::string>{"p1"}));
  EXPECT_TRUE(keys("s", "p", "z", 5).empty());
  EXPECT_TRUE(keys("s", "p", "", 0).empty());
}

TEST_P(MetaStoreConformance, KeepsLargeValues) {
  std::string large(3'000'000, 'x');
  large[1'500'000] = '\0';
  ASSERT_TRUE(put("s", "large", large).ok());
  EXPECT_EQ(get("s", "large"), large);
}

TEST_P(MetaStoreConformance, RunsTransactionsOneAfterTheOther) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 50;
  const auto count_up = [&] {
    for (int time = 0; time < kTimes; ++time) {
      const Result<> done = store_->transact([](MetaTransaction& transaction) -> Result<> {
        MOBILAKE_ASSIGN(const auto old, transaction.get("s", "count"));
        return transaction.put("s", "count", std::to_string(std::stoi(old.value_or("0")) + 1));
      });
      EXPECT_TRUE(done.ok());
    }
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back(count_up);
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(get("s", "count"), std::to_string(kThreads * kTimes));
}

}  // namespace mobilake::store

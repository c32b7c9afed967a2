// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/objects/object_store.h"

namespace mobilake::store {

/// Makes an empty store; called once a test. What the store lives in is owned by the returned
/// pointer's deleter or by the caller.
using ObjectStoreFactory = std::function<std::shared_ptr<ObjectStore>()>;

/// What every object store must do. An implementation's test says
/// INSTANTIATE_TEST_SUITE_P(Local, ObjectStoreConformance, testing::Values(factory)).
/// The tests stand in the header: in a library the linker would leave them out.
class ObjectStoreConformance : public testing::TestWithParam<ObjectStoreFactory> {
 protected:
  void SetUp() override { store_ = GetParam()(); }

  // Shared with whatever the factory keeps alive beside it.
  std::shared_ptr<ObjectStore> store_;
};

inline Code code_of(const Result<>& result) {
  return result.ok() ? Code::kInternal : result.error().code;
}

TEST_P(ObjectStoreConformance, ReturnsWhatWasPut) {
  const std::string bytes("a\0b\xff", 4);
  ASSERT_TRUE(store_->put("tables/a/data/one.parquet", bytes).ok());
  EXPECT_EQ(*store_->get("tables/a/data/one.parquet"), bytes);
  EXPECT_EQ(*store_->size("tables/a/data/one.parquet"), 4u);
}

TEST_P(ObjectStoreConformance, KeepsAnEmptyObject) {
  ASSERT_TRUE(store_->put("empty", "").ok());
  EXPECT_EQ(*store_->get("empty"), "");
  EXPECT_EQ(*store_->size("empty"), 0u);
}

TEST_P(ObjectStoreConformance, ReadsRangesAndStopsAtTheEnd) {
  ASSERT_TRUE(store_->put("range", "0123456789").ok());
  EXPECT_EQ(*store_->get_range("range", 2, 3), "234");
  EXPECT_EQ(*store_->get_range("range", 8, 100), "89");
  EXPECT_EQ(*store_->get_range("range", 10, 1), "");
  EXPECT_EQ(*store_->get_range("range", 1000, 1), "");
}

TEST_P(ObjectStoreConformance, NeverOverwrites) {
  ASSERT_TRUE(store_->put("once", "first").ok());
  EXPECT_EQ(code_of(store_->put("once", "second")), Code::kAlreadyExists);
  EXPECT_EQ(*store_->get("once"), "first");
}

TEST_P(ObjectStoreConformance, NoKeyIsAFolderOfAnother) {
  ASSERT_TRUE(store_->put("a/b", "1").ok());
  EXPECT_FALSE(store_->put("a", "2").ok());
  EXPECT_FALSE(store_->put("a/b/c", "3").ok());
  EXPECT_EQ(*store_->get("a/b"), "1");
}

TEST_P(ObjectStoreConformance, SaysNotFoundForWhatIsMissing) {
  EXPECT_EQ(store_->get("missing").error().code, Code::kNotFound);
  EXPECT_EQ(store_->get_range("missing", 0, 1).error().code, Code::kNotFound);
  EXPECT_EQ(store_->size("missing").error().code, Code::kNotFound);
}

TEST_P(ObjectStoreConformance, RemovesAndThenHasRoomForTheSameKey) {
  ASSERT_TRUE(store_->put("gone", "1").ok());
  EXPECT_TRUE(store_->remove("gone").ok());
  EXPECT_EQ(store_->get("gone").error().code, Code::kNotFound);
  EXPECT_TRUE(store_->remove("gone").ok());
  EXPECT_TRUE(store_->put("gone", "2").ok());
  EXPECT_EQ(*store_->get("gone"), "2");
}

TEST_P(ObjectStoreConformance, RefusesKeysThatLeaveTheStore) {
  const std::vector<std::string> keys{"",
                                      "/a",
                                      "a/",
                                      "a//b",
                                      "..",
                                      "a/../b",
                                      "./a",
                                      "a/.",
                                      "a\nb",
                                      "\xc3",
                                      "x.partial",
                                      std::string(256, 'a'),
                                      std::string(2000, '/')};
  for (const std::string& key : keys) {
    EXPECT_EQ(code_of(store_->put(key, "x")), Code::kInvalid) << key;
    EXPECT_EQ(store_->get(key).error().code, Code::kInvalid) << key;
    EXPECT_EQ(code_of(store_->remove(key)), Code::kInvalid) << key;
  }
}

TEST_P(ObjectStoreConformance, TakesKeysWithBlanksPercentsAndUnicode) {
  for (const std::string key :
       {"a b/c%20d", "gr\xc3\xbc\xc3\x9f/\xe8\xbb\x8a", "ts_day=2026-03-02/x"}) {
    ASSERT_TRUE(store_->put(key, key).ok()) << key;
    EXPECT_EQ(*store_->get(key), key);
  }
}

TEST_P(ObjectStoreConformance, GivesAddressesThatItKnowsAgain) {
  const std::string address = store_->location("tables/a/b.parquet");
  EXPECT_EQ(*store_->key_of(address), "tables/a/b.parquet");
  EXPECT_EQ(store_->key_of("file:///etc/passwd").error().code, Code::kInvalid);
  EXPECT_EQ(store_->key_of("").error().code, Code::kInvalid);
}

TEST_P(ObjectStoreConformance, LetsOneOfManyPutsOfAKeyWin) {
  constexpr int kThreads = 8;
  std::atomic<int> winners = 0;
  std::atomic<int> refused = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      const auto put = store_->put("race", std::to_string(i));
      if (put.ok()) ++winners;
      if (code_of(put) == Code::kAlreadyExists) ++refused;
    });
  threads.clear();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(refused, kThreads - 1);
  EXPECT_EQ(store_->get("race")->size(), 1u);
}

}  // namespace mobilake::store

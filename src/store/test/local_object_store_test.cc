// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/doors.h"
#include "base/testkit/power_cut_disk.h"
#include "base/testkit/seed_count.h"
#include "store/objects/open_object_store.h"
#include "store/testkit/fake_object_store.h"
#include "store/testkit/object_store_conformance.h"

namespace mobilake::store {
namespace {

/// A store in a temporary folder, which goes with it.
struct StoreInFolder {
  std::string folder;
  std::unique_ptr<ObjectStore> store;
  ~StoreInFolder() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
};

std::shared_ptr<ObjectStore> local_store() {
  auto owner = std::make_shared<StoreInFolder>();
  std::string name = testing::TempDir() + "objects_XXXXXX";
  owner->folder = ::mkdtemp(name.data());
  owner->store = *open_local_object_store(owner->folder + "/store", base::system_disk(),
                                          base::system_random());
  return {owner, owner->store.get()};
}

INSTANTIATE_TEST_SUITE_P(Local, ObjectStoreConformance, testing::Values(local_store));
INSTANTIATE_TEST_SUITE_P(Fake, ObjectStoreConformance,
                         testing::Values([] { return std::make_shared<FakeObjectStore>(); }));

/// Puts objects until the power goes; returns how many puts were answered with success.
int put_until_the_power_goes(ObjectStore& store, int count, const std::string& bytes) {
  int stored = 0;
  while (stored < count &&
         store.put("t/d" + std::to_string(stored % 3) + "/" + std::to_string(stored), bytes).ok())
    ++stored;
  return stored;
}

TEST(LocalObjectStoreTest, AnAnsweredPutSurvivesAPowerCutAtEveryCall) {
  const std::string bytes(10'000, 'x');
  for (std::uint64_t seed = 0; seed < base::seed_count(200); ++seed) {
    base::PowerCutDisk disk;
    const auto random = base::seeded_random(seed);
    auto store = *open_local_object_store("/objects", disk, *random);
    disk.power_off_after(seed % 60);
    const int stored = put_until_the_power_goes(*store, 10, bytes);
    store.reset();
    disk.cut(*random);
    store = *open_local_object_store("/objects", disk, *random);
    for (int i = 0; i <= stored; ++i) {
      const auto found = store->get("t/d" + std::to_string(i % 3) + "/" + std::to_string(i));
      // The put that failed may be there as well, but then whole.
      if (i >= stored && !found.ok()) continue;
      ASSERT_EQ(found.ok() ? *found : "missing", bytes) << "seed " << seed;
    }
    EXPECT_TRUE(disk.list("/objects/.partial")->empty());
  }
}

TEST(LocalObjectStoreTest, RefusesAFolderThatIsNotAbsolute) {
  EXPECT_EQ(
      open_local_object_store("objects", base::system_disk(), base::system_random()).error().code,
      Code::kInvalid);
}

TEST(LocalObjectStoreHomeTest, KnowsTheAddressesOfItsFormerHomes) {
  const auto random = base::seeded_random(1);
  auto store = open_local_object_store("/tmp/home_of_objects_test", base::system_disk(), *random,
                                       {"/old/home", "/older/home"});
  ASSERT_TRUE(store.ok()) << store.error().to_string();
  EXPECT_EQ(*(*store)->key_of("file:///tmp/home_of_objects_test/a/b"), "a/b");
  EXPECT_EQ(*(*store)->key_of("file:///old/home/a/b"), "a/b");
  EXPECT_EQ(*(*store)->key_of("file:///older/home/c"), "c");
  EXPECT_FALSE((*store)->key_of("file:///elsewhere/a/b").ok());
  EXPECT_FALSE((*store)->key_of("file:///old/home/../a").ok());
  EXPECT_EQ((*store)->location("c"), "file:///tmp/home_of_objects_test/c");
  std::filesystem::remove_all("/tmp/home_of_objects_test");
}

}  // namespace
}  // namespace mobilake::store

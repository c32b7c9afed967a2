// SPDX-License-Identifier: Apache-2.0
#include "store/testkit/fake_meta_store.h"

#include <utility>

namespace mobilake::store {
namespace {

/// Writes go to a copy of their space, so that a failed transaction leaves nothing.
class FakeTransaction final : public MetaTransaction {
 public:
  explicit FakeTransaction(const FakeMetaStore::Spaces& spaces) : spaces_(spaces) {}

  Result<std::optional<std::string>> get(std::string_view space, std::string_view key) override {
    const auto* rows = rows_of(space);
    if (rows == nullptr) return std::optional<std::string>();
    const auto found = rows->find(key);
    if (found == rows->end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }

  Result<> put(std::string_view space, std::string_view key, std::string_view value) override {
    writable(space)[std::string(key)] = std::string(value);
    return {};
  }

  Result<> remove(std::string_view space, std::string_view key) override {
    writable(space).erase(std::string(key));
    return {};
  }

  Result<std::vector<std::pair<std::string, std::string>>> scan(std::string_view space,
                                                                std::string_view prefix,
                                                                std::string_view after,
                                                                std::size_t limit) override {
    std::vector<std::pair<std::string, std::string>> found;
    const auto* rows = rows_of(space);
    if (rows == nullptr) return found;
    auto row = after < prefix ? rows->lower_bound(prefix) : rows->upper_bound(after);
    for (; row != rows->end() && row->first.starts_with(prefix) && found.size() < limit; ++row)
      found.emplace_back(row->first, row->second);
    return found;
  }

  FakeMetaStore::Spaces take_changed() { return std::move(changed_); }

 private:
  using Rows = FakeMetaStore::Spaces::mapped_type;

  const Rows* rows_of(std::string_view space) const {
    if (const auto found = changed_.find(space); found != changed_.end()) return &found->second;
    const auto found = spaces_.find(space);
    return found == spaces_.end() ? nullptr : &found->second;
  }

  Rows& writable(std::string_view space) {
    const auto found = changed_.find(space);
    if (found != changed_.end()) return found->second;
    const auto old = spaces_.find(space);
    return changed_.emplace(space, old == spaces_.end() ? Rows() : old->second).first->second;
  }

  const FakeMetaStore::Spaces& spaces_;
  FakeMetaStore::Spaces changed_;
};

}  // namespace

Result<> FakeMetaStore::transact(const Work& work) {
  const std::function<void()> hook = state_.lock()->hook;
  if (hook) hook();
  auto state = state_.lock();
  const Lost lost = std::exchange(state->lose_next, Lost::kNothing);
  FakeTransaction transaction(state->spaces);
  MOBILAKE_TRY(work(transaction));
  if (lost == Lost::kBefore) return unavailable("the transaction was lost");
  for (auto& [space, rows] : transaction.take_changed())
    state->spaces[space] = std::move(rows);
  if (lost == Lost::kAfter) return unavailable("the answer was lost");
  return {};
}

Result<> FakeMetaStore::read(const Work& work) {
  auto state = state_.lock();
  FakeTransaction transaction(state->spaces);
  return work(transaction);
}

Result<> FakeMetaStore::backup_to(const std::string& path) {
  return unsupported("the fake keeps nothing on disk, so there is no backup to {}", path);
}

}  // namespace mobilake::store

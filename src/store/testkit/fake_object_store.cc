// SPDX-License-Identifier: Apache-2.0
#include "store/testkit/fake_object_store.h"

#include "store/objects/object_key.h"

namespace mobilake::store {
namespace {

constexpr std::string_view kPrefix = "memory://objects/";

}  // namespace

Result<> FakeObjectStore::put(std::string_view key, std::string_view bytes) {
  MOBILAKE_TRY(check_object_key(key));
  auto state = state_.lock();
  if (state->puts_before_failing > 0) {
    --state->puts_before_failing;
  } else if (state->puts_to_fail > 0) {
    --state->puts_to_fail;
    return unavailable("the store was told to fail putting {}", key);
  }
  // No key is a folder of another: neither "key/..." nor a key that is a folder of this one may be
  // there.
  const std::string as_folder = std::string(key) + "/";
  const auto below = state->objects.lower_bound(as_folder);
  if (below != state->objects.end() && below->first.starts_with(as_folder))
    return already_exists("object {} is a folder", key);
  for (std::size_t slash = key.find('/'); slash != key.npos; slash = key.find('/', slash + 1))
    if (state->objects.contains(key.substr(0, slash)))
      return already_exists("a folder of {} is an object", key);
  if (!state->objects.emplace(key, bytes).second) return already_exists("object {} exists", key);
  return {};
}

Result<std::string> FakeObjectStore::get_range(std::string_view key, std::uint64_t offset,
                                               std::uint64_t size) {
  MOBILAKE_ASSIGN(const std::string bytes, get(key));
  return offset >= bytes.size() ? std::string() : bytes.substr(offset, size);
}

Result<std::string> FakeObjectStore::get(std::string_view key) {
  MOBILAKE_TRY(check_object_key(key));
  auto state = state_.lock();
  const auto found = state->objects.find(key);
  if (found == state->objects.end()) return not_found("no object {}", key);
  return found->second;
}

Result<std::uint64_t> FakeObjectStore::size(std::string_view key) {
  MOBILAKE_ASSIGN(const std::string bytes, get(key));
  return static_cast<std::uint64_t>(bytes.size());
}

Result<> FakeObjectStore::remove(std::string_view key) {
  MOBILAKE_TRY(check_object_key(key));
  auto state = state_.lock();
  const auto found = state->objects.find(key);
  if (found != state->objects.end()) state->objects.erase(found);
  return {};
}

std::string FakeObjectStore::location(std::string_view key) const {
  return std::string(kPrefix).append(key);
}

Result<std::string> FakeObjectStore::key_of(std::string_view location) const {
  if (!location.starts_with(kPrefix))
    return invalid("not an address of this object store: {}", location);
  return std::string(location.substr(kPrefix.size()));
}

std::vector<std::string> FakeObjectStore::keys() {
  auto state = state_.lock();
  std::vector<std::string> names;
  for (const auto& [key, bytes] : state->objects)
    names.push_back(key);
  return names;
}

}  // namespace mobilake::store

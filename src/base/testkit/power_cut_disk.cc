// SPDX-License-Identifier: Apache-2.0
#include "base/testkit/power_cut_disk.h"

#include <algorithm>
#include <cstring>

namespace mobilake::base {

/// A file opened before or after a cut; one opened before it is dead.
class PowerCutDisk::OpenFile final : public File {
 public:
  OpenFile(std::shared_ptr<Guarded<State>> state, NodePointer node, std::uint64_t power_ons)
      : state_(std::move(state)), node_(std::move(node)), power_ons_(power_ons) {}

  Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t size) override {
    auto state = state_->lock();
    MOBILAKE_TRY(check_alive(*state));
    const std::string& bytes = node_->written;
    if (offset >= bytes.size()) return std::size_t{0};
    const std::size_t got = std::min<std::size_t>(size, bytes.size() - offset);
    std::memcpy(buffer, bytes.data() + offset, got);
    return got;
  }

  Result<> write(std::uint64_t offset, std::span<const iovec> parts) override {
    auto state = state_->lock();
    MOBILAKE_TRY(check_alive(*state));
    auto counted = count_change(*state);
    PowerCutDisk::write(*node_, offset, parts);
    return counted;
  }

  Result<> sync() override {
    auto state = state_->lock();
    MOBILAKE_TRY(check_alive(*state));
    MOBILAKE_TRY(count_change(*state));
    PowerCutDisk::sync(*node_);
    return {};
  }

  Result<std::uint64_t> size() override {
    auto state = state_->lock();
    MOBILAKE_TRY(check_alive(*state));
    return static_cast<std::uint64_t>(node_->written.size());
  }

  Result<> truncate(std::uint64_t size) override {
    auto state = state_->lock();
    MOBILAKE_TRY(check_alive(*state));
    MOBILAKE_TRY(count_change(*state));
    resize(*node_, size);
    return {};
  }

 private:
  Result<> check_alive(const State& state) const {
    if (state.power_ons != power_ons_)
      return unavailable("the file was open when the power was cut");
    return check_power(state);
  }

  std::shared_ptr<Guarded<State>> state_;  // shared with the disk: see there
  NodePointer node_;
  std::uint64_t power_ons_;
};

PowerCutDisk::PowerCutDisk() : state_(std::make_shared<Guarded<State>>()) {
  state_->lock()->folders.insert("/");
}

void PowerCutDisk::cut(Random& random) {
  auto state = state_->lock();
  for (const NameChange& change : state->unsynced_changes)
    if (random.below(2) == 0) apply(change, state->durable_names);
  state->unsynced_changes.clear();
  state->names = state->durable_names;
  for (auto& [path, node] : state->names)
    forget(*node, random);
  state->power_ons += 1;
  state->changing_calls = 0;
  state->calls_left.reset();
  state->off = false;
}

void PowerCutDisk::power_off_after(std::uint64_t calls) {
  state_->lock()->calls_left = calls;
}

std::uint64_t PowerCutDisk::changing_calls() {
  return state_->lock()->changing_calls;
}

Result<std::unique_ptr<File>> PowerCutDisk::open(const std::string& path, OpenMode mode) {
  auto state = state_->lock();
  MOBILAKE_TRY(check_power(*state));
  const auto found = state->names.find(path);
  NodePointer node = found == state->names.end() ? nullptr : found->second;
  const bool may_create = mode == OpenMode::kCreate || mode == OpenMode::kCreateNew;
  if (node && mode == OpenMode::kCreateNew) return already_exists("creating {}", path);
  if (!node && !may_create) return not_found("opening {}", path);
  if (!node) {
    if (!state->folders.contains(parent_directory(path))) return not_found("creating {}", path);
    MOBILAKE_TRY(count_change(*state));
    node = std::make_shared<Node>();
    state->unsynced_changes.push_back({"", path, node});
    apply(state->unsynced_changes.back(), state->names);
  }
  return std::unique_ptr<File>(
      std::make_unique<OpenFile>(state_, std::move(node), state->power_ons));
}

Result<> PowerCutDisk::rename(const std::string& from, const std::string& to) {
  auto state = state_->lock();
  MOBILAKE_TRY(check_power(*state));
  const auto found = state->names.find(from);
  if (found == state->names.end()) return not_found("renaming {}", from);
  if (!state->folders.contains(parent_directory(to))) return not_found("renaming to {}", to);
  MOBILAKE_TRY(count_change(*state));
  state->unsynced_changes.push_back({from, to, found->second});
  apply(state->unsynced_changes.back(), state->names);
  return {};
}

Result<> PowerCutDisk::remove(const std::string& path) {
  auto state = state_->lock();
  MOBILAKE_TRY(check_power(*state));
  const auto found = state->names.find(path);
  if (found == state->names.end()) return not_found("removing {}", path);
  MOBILAKE_TRY(count_change(*state));
  state->unsynced_changes.push_back({path, "", found->second});
  apply(state->unsynced_changes.back(), state->names);
  return {};
}

Result<> PowerCutDisk::make_directories(const std::string& path) {
  auto state = state_->lock();
  MOBILAKE_TRY(check_power(*state));
  for (std::string folder = path; folder != "/" && folder != "."; folder = parent_directory(folder))
    state->folders.insert(folder);
  return {};
}

Result<> PowerCutDisk::sync_directory(const std::string& path) {
  auto state = state_->lock();
  MOBILAKE_TRY(check_power(*state));
  if (!state->folders.contains(path)) return not_found("syncing folder {}", path);
  MOBILAKE_TRY(count_change(*state));
  std::vector<NameChange> others;
  for (NameChange& change : state->unsynced_changes) {
    if (parent_directory(change.to.empty() ? change.from : change.to) == path)
      apply(change, state->durable_names);
    else
      others.push_back(std::move(change));
  }
  state->unsynced_changes = std::move(others);
  return {};
}

Result<std::vector<std::string>> PowerCutDisk::list(const std::string& path) {
  auto state = state_->lock();
  MOBILAKE_TRY(check_power(*state));
  if (!state->folders.contains(path)) return not_found("listing {}", path);
  std::set<std::string> found;
  const std::string prefix = path == "/" ? path : path + "/";
  const auto note = [&](const std::string& full) {
    if (full.size() > prefix.size() && full.starts_with(prefix))
      found.insert(full.substr(prefix.size(), full.find('/', prefix.size()) - prefix.size()));
  };
  for (const auto& [name, node] : state->names)
    note(name);
  for (const std::string& folder : state->folders)
    note(folder);
  return std::vector<std::string>(found.begin(), found.end());
}

Result<bool> PowerCutDisk::exists(const std::string& path) {
  auto state = state_->lock();
  MOBILAKE_TRY(check_power(*state));
  return state->names.contains(path) || state->folders.contains(path);
}

Result<std::uint64_t> PowerCutDisk::free_bytes(const std::string&) {
  MOBILAKE_TRY(check_power(*state_->lock()));
  return std::uint64_t{1} << 40;
}

Result<> PowerCutDisk::check_power(const State& state) {
  if (state.off) return unavailable("the power is off");
  return {};
}

Result<> PowerCutDisk::count_change(State& state) {
  MOBILAKE_TRY(check_power(state));
  if (state.calls_left == 0u) {
    state.off = true;
    return unavailable("the power went off");
  }
  if (state.calls_left) *state.calls_left -= 1;
  state.changing_calls += 1;
  return {};
}

void PowerCutDisk::apply(const NameChange& change, Names& names) {
  // A name that meanwhile belongs to another file stays: an earlier change was forgotten, this one
  // was not.
  const auto old = names.find(change.from);
  if (old != names.end() && old->second == change.node) names.erase(old);
  if (!change.to.empty()) names[change.to] = change.node;
}

void PowerCutDisk::write(Node& node, std::uint64_t offset, std::span<const iovec> parts) {
  for (const iovec& part : parts) {
    if (part.iov_len == 0) continue;
    if (node.written.size() < offset + part.iov_len) resize(node, offset + part.iov_len);
    std::memcpy(node.written.data() + offset, part.iov_base, part.iov_len);
    const std::size_t last = (offset + part.iov_len - 1) / kBlockBytes;
    for (std::size_t block = offset / kBlockBytes; block <= last; ++block)
      node.unsynced_blocks.insert(block);
    offset += part.iov_len;
  }
}

void PowerCutDisk::resize(Node& node, std::size_t size) {
  const std::size_t low = std::min(size, node.written.size());
  const std::size_t high = std::max(size, node.written.size());
  for (std::size_t block = low / kBlockBytes; block * kBlockBytes < high; ++block)
    node.unsynced_blocks.insert(block);
  node.written.resize(size, '\0');
}

void PowerCutDisk::sync(Node& node) {
  node.synced.resize(node.written.size(), '\0');
  for (const std::size_t block : node.unsynced_blocks) {
    const std::size_t at = block * kBlockBytes;
    if (at >= node.written.size()) continue;
    const std::size_t size = std::min(kBlockBytes, node.written.size() - at);
    std::memcpy(node.synced.data() + at, node.written.data() + at, size);
  }
  node.unsynced_blocks.clear();
}

void PowerCutDisk::forget(Node& node, Random& random) {
  std::string kept = node.synced;
  const std::size_t low = std::min(node.synced.size(), node.written.size());
  const std::size_t high = std::max(node.synced.size(), node.written.size());
  const std::size_t torn = low + static_cast<std::size_t>(random.below(high - low + 1));
  const std::size_t sizes[] = {node.synced.size(), node.written.size(), torn};
  kept.resize(sizes[random.below(3)], '\0');
  for (const std::size_t block : node.unsynced_blocks) {
    const std::size_t at = block * kBlockBytes;
    if (at >= kept.size() || at >= node.written.size() || random.below(2) == 0) continue;
    const std::size_t size = std::min({kBlockBytes, kept.size() - at, node.written.size() - at});
    std::memcpy(kept.data() + at, node.written.data() + at, size);
  }
  node.written = kept;
  node.synced = std::move(kept);
  node.unsynced_blocks.clear();
}

}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#include "base/testkit/fault_disk.h"

#include <algorithm>

namespace mobilake::base {
namespace {

std::uint64_t total_size(std::span<const iovec> parts) {
  std::uint64_t size = 0;
  for (const iovec& part : parts)
    size += part.iov_len;
  return size;
}

// Returns the parts up to `size` bytes.
std::vector<iovec> first_bytes(std::span<const iovec> parts, std::uint64_t size) {
  std::vector<iovec> first;
  for (const iovec& part : parts) {
    const std::size_t taken = std::min<std::size_t>(part.iov_len, size);
    if (taken == 0) break;
    first.push_back({part.iov_base, taken});
    size -= taken;
  }
  return first;
}

}  // namespace

class FaultDisk::FaultFile final : public File {
 public:
  FaultFile(std::unique_ptr<File> inner, std::shared_ptr<Guarded<State>> state)
      : inner_(std::move(inner)), state_(std::move(state)) {}

  Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t size) override {
    MOBILAKE_TRY(check(*state_, DiskCall::kRead));
    return inner_->read(offset, buffer, size);
  }

  Result<> write(std::uint64_t offset, std::span<const iovec> parts) override {
    const std::uint64_t size = total_size(parts);
    if (const auto fault = meet(*state_, DiskCall::kWrite)) {
      if (fault->half_done) MOBILAKE_TRY(inner_->write(offset, first_bytes(parts, size / 2)));
      return fault->error;
    }
    MOBILAKE_ASSIGN(const std::uint64_t before, inner_->size());
    const std::uint64_t growth = offset + size > before ? offset + size - before : 0;
    const std::uint64_t missing = take_space(growth);
    if (missing == 0) return inner_->write(offset, parts);
    if (missing < size) MOBILAKE_TRY(inner_->write(offset, first_bytes(parts, size - missing)));
    return exhausted("injected: no space left for {} bytes", missing);
  }

  Result<> sync() override {
    MOBILAKE_TRY(check(*state_, DiskCall::kSync));
    return inner_->sync();
  }

  Result<std::uint64_t> size() override { return inner_->size(); }

  Result<> truncate(std::uint64_t size) override {
    MOBILAKE_TRY(check(*state_, DiskCall::kTruncate));
    MOBILAKE_ASSIGN(const std::uint64_t before, inner_->size());
    MOBILAKE_TRY(inner_->truncate(size));
    auto state = state_->lock();
    if (state->free_bytes && size < before) *state->free_bytes += before - size;
    return {};
  }

 private:
  // Takes what there is of `growth` and returns what is missing.
  std::uint64_t take_space(std::uint64_t growth) {
    auto state = state_->lock();
    if (!state->free_bytes) return 0;
    const std::uint64_t taken = std::min(growth, *state->free_bytes);
    *state->free_bytes -= taken;
    return growth - taken;
  }

  std::unique_ptr<File> inner_;
  std::shared_ptr<Guarded<State>> state_;  // shared with the disk: see there
};

FaultDisk::FaultDisk(Disk& inner) : inner_(inner), state_(std::make_shared<Guarded<State>>()) {}

void FaultDisk::fail(DiskCall call, std::uint64_t kth, std::uint64_t times, Error error) {
  auto state = state_->lock();
  const auto kind = static_cast<std::size_t>(call);
  const std::uint64_t first = state->calls[kind] + kth;
  const std::uint64_t last = times > UINT64_MAX - first ? UINT64_MAX : first + times - 1;
  state->faults[kind] = Fault{first, last, std::move(error), false};
}

void FaultDisk::fail_short_write(std::uint64_t kth) {
  fail(DiskCall::kWrite, kth);
  state_->lock()->faults[static_cast<std::size_t>(DiskCall::kWrite)]->half_done = true;
}

void FaultDisk::set_free_bytes(std::uint64_t bytes) {
  state_->lock()->free_bytes = bytes;
}

Result<> FaultDisk::flip_bit(const std::string& path, std::uint64_t bit) {
  MOBILAKE_ASSIGN(auto file, inner_.open(path, OpenMode::kReadWrite));
  MOBILAKE_ASSIGN(std::string byte, file->read_exactly(bit / 8, 1));
  byte[0] = static_cast<char>(static_cast<unsigned char>(byte[0]) ^ (1u << (bit % 8)));
  return file->write(bit / 8, byte);
}

void FaultDisk::heal() {
  auto state = state_->lock();
  state->faults = {};
  state->free_bytes.reset();
}

std::uint64_t FaultDisk::calls(DiskCall call) {
  return state_->lock()->calls[static_cast<std::size_t>(call)];
}

Result<std::unique_ptr<File>> FaultDisk::open(const std::string& path, OpenMode mode) {
  MOBILAKE_TRY(check(*state_, DiskCall::kOpen));
  MOBILAKE_ASSIGN(auto file, inner_.open(path, mode));
  return std::unique_ptr<File>(std::make_unique<FaultFile>(std::move(file), state_));
}

Result<> FaultDisk::rename(const std::string& from, const std::string& to) {
  MOBILAKE_TRY(check(*state_, DiskCall::kRename));
  give_back(to);
  return inner_.rename(from, to);
}

Result<> FaultDisk::remove(const std::string& path) {
  MOBILAKE_TRY(check(*state_, DiskCall::kRemove));
  give_back(path);
  return inner_.remove(path);
}

Result<> FaultDisk::make_directories(const std::string& path) {
  MOBILAKE_TRY(check(*state_, DiskCall::kMakeDirectories));
  return inner_.make_directories(path);
}

Result<> FaultDisk::sync_directory(const std::string& path) {
  MOBILAKE_TRY(check(*state_, DiskCall::kSyncDirectory));
  return inner_.sync_directory(path);
}

Result<std::vector<std::string>> FaultDisk::list(const std::string& path) {
  MOBILAKE_TRY(check(*state_, DiskCall::kList));
  return inner_.list(path);
}

Result<bool> FaultDisk::exists(const std::string& path) {
  return inner_.exists(path);
}

Result<std::uint64_t> FaultDisk::free_bytes(const std::string& path) {
  if (const auto left = state_->lock()->free_bytes) return *left;
  return inner_.free_bytes(path);
}

std::optional<FaultDisk::Fault> FaultDisk::meet(Guarded<State>& guarded, DiskCall call) {
  auto state = guarded.lock();
  const auto kind = static_cast<std::size_t>(call);
  const std::uint64_t number = ++state->calls[kind];
  const auto& fault = state->faults[kind];
  if (fault && fault->first <= number && number <= fault->last) return fault;
  return std::nullopt;
}

Result<> FaultDisk::check(Guarded<State>& state, DiskCall call) {
  if (const auto fault = meet(state, call)) return fault->error;
  return {};
}

void FaultDisk::give_back(const std::string& path) {
  if (!state_->lock()->free_bytes) return;
  const auto file = inner_.open(path, OpenMode::kRead);
  if (!file.ok()) return;
  const auto size = (*file)->size();
  auto state = state_->lock();
  if (size.ok() && state->free_bytes) *state->free_bytes += *size;
}

}  // namespace mobilake::base

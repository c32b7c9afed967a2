// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/segment_pool.h"

#include <algorithm>
#include <charconv>

#include "log/inside/frames/segment_format.h"

namespace mobilake::log {
namespace {

constexpr std::string_view kSparePrefix = "spare-";
constexpr std::size_t kZerosBytes = 1 << 20;
alignas(kBlockBytes) constexpr char kZeros[kZerosBytes] = {};

}  // namespace

SegmentPool::SegmentPool(Options options, Doors doors, DiskBudget& budget,
                         std::function<std::string()> explain_budget)
    : options_(std::move(options)),
      doors_(doors),
      budget_(budget),
      explain_budget_(std::move(explain_budget)) {}

Result<> SegmentPool::adopt(const std::string& name) {
  const std::string path = options_.folder + "/" + name;
  std::uint64_t number = 0;
  std::from_chars(name.data() + kSparePrefix.size(), name.data() + name.size(), number);
  std::uint64_t size = 0;
  {
    MOBILAKE_ASSIGN(auto file, doors_.disk.open(path, OpenMode::kRead));
    MOBILAKE_ASSIGN(size, file->size());
  }
  auto state = state_.lock();
  state->next_name = std::max(state->next_name, number + 1);
  if (size != options_.segment_bytes || state->ready.size() >= options_.spares_max)
    return doors_.disk.remove(path);
  budget_.count(size);
  state->ready.push_back(path);
  return {};
}

void SegmentPool::serve_with(std::function<void()> wake) {
  state_.lock()->wake = std::move(wake);
  changed_.notify_all();
}

Result<SpareSegment> SegmentPool::take() {
  MOBILAKE_ASSIGN(std::string path, take_path());
  if (path.empty()) {
    auto made = make_spare();
    if (!made.ok()) {
      const Error why = note_full(std::move(made).error());
      auto state = state_.lock();
      // Somebody may have found a file meanwhile; this taker is refused all the same.
      if (state->full) state->refused = true;
      return why;
    }
    path = std::move(made).value();
  }
  MOBILAKE_ASSIGN(auto file, doors_.disk.open(path, OpenMode::kReadWrite));
  return SpareSegment{std::move(file), std::move(path)};
}

// Returns a ready file, waiting for the maker where there is one; an empty path where the caller
// is to make it.
Result<std::string> SegmentPool::take_path() {
  std::function<void()> wake;
  {
    auto state = state_.lock();
    if (state->ready.empty() && !may_try(*state)) return refuse(*state);
    wake = state->wake;
    if (wake) state->takers += 1;
  }
  // Also when a file is ready: its successor is to be made while this one is filled.
  if (wake) wake();
  auto state = state_.lock();
  if (wake) {
    state.wait(changed_, [&](const State& s) {
      return !s.ready.empty() || !s.wake || (s.full && !may_try(s));
    });
    state->takers -= 1;
  }
  if (state->ready.empty()) {
    if (state->full && !may_try(*state)) return refuse(*state);
    return std::string();
  }
  std::string path = std::move(state->ready.back());
  state->ready.pop_back();
  return path;
}

Result<> SegmentPool::refill() {
  const auto wanted = [&] {
    auto state = state_.lock();
    const bool few = state->ready.size() < options_.spares_max + state->takers;
    return (few || state->full) && may_try(*state);
  };
  while (wanted()) {
    auto made = make_spare();
    if (!made.ok()) return note_full(std::move(made).error());
    add_ready(std::move(made).value());
  }
  return {};
}

Result<> SegmentPool::recycle(const std::string& path, std::uint64_t size_bytes) {
  const bool useful = size_bytes == options_.segment_bytes;
  if (!useful || state_.lock()->ready.size() >= options_.spares_max) {
    MOBILAKE_TRY(doors_.disk.remove(path));
    budget_.give_back(size_bytes);
    return doors_.disk.sync_directory(options_.folder);
  }
  const std::string spare = next_path();
  MOBILAKE_TRY(doors_.disk.rename(path, spare));
  // The old name must be gone for good before a new header is written into the file.
  MOBILAKE_TRY(doors_.disk.sync_directory(options_.folder));
  add_ready(spare);
  return {};
}

std::optional<Error> SegmentPool::refusal() {
  auto state = state_.lock();
  return state->refused ? state->full : std::nullopt;
}

// Requires: state.full.
Error SegmentPool::refuse(State& state) {
  state.refused = true;
  return *state.full;
}

bool SegmentPool::may_try(const State& state) const {
  return !state.full || doors_.clock.steady() >= state.retry_at;
}

void SegmentPool::add_ready(std::string path) {
  {
    auto state = state_.lock();
    state->ready.push_back(std::move(path));
    state->full.reset();
    state->refused = false;
    state->pause = {};
  }
  changed_.notify_all();
}

Error SegmentPool::note_full(Error why) {
  {
    auto state = state_.lock();
    state->full = why;
    state->pause = std::clamp(2 * state->pause, kRetrySpan, kRetrySpanMax);
    state->retry_at = doors_.clock.steady() + state->pause;
  }
  changed_.notify_all();
  return why;
}

Result<std::string> SegmentPool::make_spare() {
  MOBILAKE_TRY(check_space());
  if (!budget_.take(options_.segment_bytes))
    return exhausted("the log's disk budget is used up{}: {} bytes", explain_budget_(),
                     budget_.limit());
  const std::string path = next_path();
  const Result<> written = write_zeros(path);
  if (!written.ok()) {
    // What was allocated before the disk was full is given back; that it may fail too changes
    // nothing.
    (void)doors_.disk.remove(path);
    budget_.give_back(options_.segment_bytes);
    return written.error();
  }
  return path;
}

// Asks before it writes: a disk that is nearly full is not filled to the brim and emptied again at
// each try. A file system that does not say is tried.
Result<> SegmentPool::check_space() {
  const auto free = doors_.disk.free_bytes(options_.folder);
  if (!free.ok() || *free >= options_.segment_bytes) return {};
  return exhausted("the log's disk has {} bytes left, a segment needs {}: {}", *free,
                   options_.segment_bytes, options_.folder);
}

Result<> SegmentPool::write_zeros(const std::string& path) {
  MOBILAKE_ASSIGN(auto file, doors_.disk.open(path, OpenMode::kCreate));
  file->bypass_cache();
  for (std::uint64_t at = 0; at < options_.segment_bytes; at += kZerosBytes) {
    const std::uint64_t size = std::min<std::uint64_t>(kZerosBytes, options_.segment_bytes - at);
    MOBILAKE_TRY(file->write(at, std::string_view(kZeros, size)));
  }
  MOBILAKE_TRY(file->sync());
  return doors_.disk.sync_directory(options_.folder);
}

std::string SegmentPool::next_path() {
  return fmt::format("{}/{}{}", options_.folder, kSparePrefix, state_.lock()->next_name++);
}

}  // namespace mobilake::log

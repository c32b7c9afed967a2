// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/doors.h"
#include "base/guarded.h"
#include "log/inside/segments/disk_budget.h"

namespace mobilake::log {

/// A segment file that waits for its life: all its bytes are allocated, none means anything.
struct SpareSegment {
  std::unique_ptr<File> file;
  std::string path;
};

/// Keeps segment files of one family ready: makes new ones of written zeros, takes back retired
/// ones.
///
/// Overwriting allocated blocks costs a third of growing a file, and cannot meet a full disk. Once
/// a maker serves the pool, take() never writes zeros itself: it wakes the maker and waits. When a
/// file can be neither taken nor made, the pool is full: it says so at once, and tries again after
/// a pause that doubles up to kRetrySpanMax. Thread safety: any thread; refill() from one at a
/// time.
class SegmentPool {
 public:
  static constexpr std::chrono::milliseconds kRetrySpan{250};
  static constexpr std::chrono::milliseconds kRetrySpanMax{2000};

  struct Options {
    std::string folder;
    std::uint64_t segment_bytes = 0;
    std::uint64_t spares_max = 0;
  };

  /// `explain_budget` says who keeps retention from making room; it is asked without a lock.
  SegmentPool(Options options, Doors doors, DiskBudget& budget,
              std::function<std::string()> explain_budget);

  /// Lets a thread that calls refill() make the files from now on; `wake` has it do so soon. An
  /// empty function ends that, and who waits in take() goes on alone.
  void serve_with(std::function<void()> wake);

  /// Takes over a file that an earlier process left, or removes it where it is of no use.
  Result<> adopt(const std::string& name);

  /// Returns a file for a new segment. Fails with: exhausted (disk or budget), unavailable.
  Result<SpareSegment> take();

  /// Makes files until the spares are complete; does nothing before a full disk's next try.
  /// Fails as take().
  Result<> refill();

  /// Takes a retired segment's file as a spare, or removes it.
  Result<> recycle(const std::string& path, std::uint64_t size_bytes);

  /// Returns why take() failed last, until a file could be made or taken back. That only the
  /// spares run out while writers still have room refuses nobody.
  std::optional<Error> refusal();

 private:
  struct State {
    std::vector<std::string> ready;
    std::uint64_t next_name = 1;
    std::uint64_t takers = 0;  ///< wait for the maker
    std::function<void()> wake;
    std::optional<Error> full;  ///< why the last file could not be made
    bool refused = false;       ///< somebody went without since then
    std::chrono::milliseconds pause{0};
    base::Instant retry_at;
  };

  bool may_try(const State& state) const;
  Result<std::string> take_path();
  static Error refuse(State& state);
  void add_ready(std::string path);
  Error note_full(Error why);
  Result<std::string> make_spare();
  Result<> check_space();
  Result<> write_zeros(const std::string& path);
  std::string next_path();

  const Options options_;
  Doors doors_;
  DiskBudget& budget_;
  const std::function<std::string()> explain_budget_;
  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace mobilake::log

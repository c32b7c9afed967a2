// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mobilake::base {

/// Label names with values; never a vehicle, a person or free text.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// A number that only rises. Thread safety: any thread.
class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that rises and falls. Thread safety: any thread.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// How often a duration fell into each of the buckets up to 100 us, 1 ms, 10 ms, ... 100 s.
/// Thread safety: any thread.
class DurationHistogram {
 public:
  static constexpr std::size_t kBucketCount = 8;  ///< the last one has no upper bound
  void observe(double seconds);

  std::uint64_t bucket(std::size_t index) const {
    return buckets_[index].load(std::memory_order_relaxed);
  }
  double sum_seconds() const;
  /// Returns the upper bound of a bucket in seconds.
  static double upper_bound(std::size_t index);

 private:
  std::atomic<std::uint64_t> buckets_[kBucketCount]{};
  std::atomic<std::uint64_t> sum_micros_{0};
};

/// All metrics of a process; the rooms get theirs by name once, at start.
///
/// Names are mobilake_<room>_<what>_<unit>. A name with the same labels gives the same object.
/// Thread safety: any thread. References live as long as the registry.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  Counter& counter(const std::string& name, const std::string& help, Labels labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, Labels labels = {});
  DurationHistogram& histogram(const std::string& name, const std::string& help,
                               Labels labels = {});

  /// Returns everything in the Prometheus text format 0.0.4.
  std::string to_text() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

}  // namespace mobilake::base

namespace mobilake {
using base::Metrics;
}  // namespace mobilake

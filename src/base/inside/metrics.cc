// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <limits>
#include <map>
#include <variant>

#include "base/check.h"

namespace mobilake::base {
namespace {

using AnyMetric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>,
                               std::unique_ptr<DurationHistogram>>;

struct Family {
  std::string help;
  std::map<Labels, AnyMetric> metrics;
};

void fill(prometheus::ClientMetric& to, const Counter& from) {
  to.counter.value = static_cast<double>(from.value());
}

void fill(prometheus::ClientMetric& to, const Gauge& from) {
  to.gauge.value = static_cast<double>(from.value());
}

void fill(prometheus::ClientMetric& to, const DurationHistogram& from) {
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < DurationHistogram::kBucketCount; ++i) {
    seen += from.bucket(i);
    to.histogram.bucket.push_back({seen, DurationHistogram::upper_bound(i)});
  }
  to.histogram.sample_count = seen;
  to.histogram.sample_sum = from.sum_seconds();
}

prometheus::MetricType type_of(const AnyMetric& metric) {
  constexpr prometheus::MetricType kTypes[] = {prometheus::MetricType::Counter,
                                               prometheus::MetricType::Gauge,
                                               prometheus::MetricType::Histogram};
  return kTypes[metric.index()];
}

}  // namespace

struct Metrics::Registry {
  mutable std::mutex mutex;
  std::map<std::string, Family> families;

  template <typename T>
  T& find(const std::string& name, const std::string& help, Labels labels) {
    const std::lock_guard lock(mutex);
    Family& family = families[name];
    if (family.help.empty()) family.help = help;
    auto [at, is_new] = family.metrics.try_emplace(std::move(labels), std::unique_ptr<T>());
    if (is_new) at->second = std::make_unique<T>();
    // A name belongs to one kind of metric.
    MOBILAKE_CHECK(std::holds_alternative<std::unique_ptr<T>>(at->second));
    return *std::get<std::unique_ptr<T>>(at->second);
  }
};

void DurationHistogram::observe(double seconds) {
  std::size_t index = 0;
  while (index + 1 < kBucketCount && seconds > upper_bound(index))
    ++index;
  buckets_[index].fetch_add(1, std::memory_order_relaxed);
  sum_micros_.fetch_add(static_cast<std::uint64_t>(std::llround(std::max(0.0, seconds) * 1e6)),
                        std::memory_order_relaxed);
}

double DurationHistogram::sum_seconds() const {
  return static_cast<double>(sum_micros_.load(std::memory_order_relaxed)) / 1e6;
}

double DurationHistogram::upper_bound(std::size_t index) {
  if (index + 1 == kBucketCount) return std::numeric_limits<double>::infinity();
  return std::pow(10.0, static_cast<double>(index) - 4.0);
}

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, Labels labels) {
  return registry_->find<Counter>(name, help, std::move(labels));
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, Labels labels) {
  return registry_->find<Gauge>(name, help, std::move(labels));
}

DurationHistogram& Metrics::histogram(const std::string& name, const std::string& help,
                                      Labels labels) {
  return registry_->find<DurationHistogram>(name, help, std::move(labels));
}

std::string Metrics::to_text() const {
  std::vector<prometheus::MetricFamily> families;
  const std::lock_guard lock(registry_->mutex);
  for (const auto& [name, family] : registry_->families) {
    prometheus::MetricFamily out{name, family.help, type_of(family.metrics.begin()->second), {}};
    for (const auto& [labels, metric] : family.metrics) {
      prometheus::ClientMetric& one = out.metric.emplace_back();
      for (const auto& [label, value] : labels)
        one.label.push_back({label, value});
      std::visit([&](const auto& from) { fill(one, *from); }, metric);
    }
    families.push_back(std::move(out));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mobilake::base

// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <gtest/gtest.h>

namespace mobilake::base {
namespace {

TEST(MetricsTest, SameNameAndLabelsIsOneCounter) {
  Metrics metrics;
  metrics.counter("mobilake_log_appends_total", "Appends.", {{"family", "data"}}).add(2);
  metrics.counter("mobilake_log_appends_total", "Appends.", {{"family", "data"}}).add(3);
  metrics.counter("mobilake_log_appends_total", "Appends.", {{"family", "system"}}).add();
  const std::string text = metrics.to_text();
  EXPECT_NE(text.find("# HELP mobilake_log_appends_total Appends."), std::string::npos);
  EXPECT_NE(text.find("mobilake_log_appends_total{family=\"data\"} 5"), std::string::npos);
  EXPECT_NE(text.find("mobilake_log_appends_total{family=\"system\"} 1"), std::string::npos);
}

TEST(MetricsTest, HistogramCountsEachDurationOnceUnderItsBound) {
  Metrics metrics;
  auto& histogram = metrics.histogram("mobilake_query_duration_seconds", "Time.");
  histogram.observe(0.00005);
  histogram.observe(0.5);
  histogram.observe(1000);
  const std::string text = metrics.to_text();
  EXPECT_NE(text.find("mobilake_query_duration_seconds_bucket{le=\"1\"} 2"), std::string::npos)
      << text;
  EXPECT_NE(text.find("mobilake_query_duration_seconds_bucket{le=\"+Inf\"} 3"), std::string::npos);
}

}  // namespace
}  // namespace mobilake::base

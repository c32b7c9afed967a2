// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "log/log.h"

namespace mobilake::ingest::mqtt {

/// What a test sees of a record.
struct SeenRecord {
  std::string topic;
  std::string payload;
  std::uint8_t flags = 0;
};

/// A log that answers each append when, and as, the test says. Answers come on the thread that says
/// so, and at once where nothing is held. Thread safety: any thread.
class SteeredLog final : public log::Log, public log::LogWriter {
 public:
  explicit SteeredLog(std::uint16_t partition_count) : partition_count_(partition_count) {}

  /// Keeps the answers of a family back from now on.
  void hold(log::Family family) { state_.lock()->held[index(family)] = true; }
  /// Answers at once from now on, and answers what was kept back, in order.
  void let_go(log::Family family) {
    state_.lock()->held[index(family)] = false;
    while (answer(family, 0, {})) {
    }
  }
  /// Answers the `number`-th append that is kept back with success or `error`; returns whether
  /// there is one.
  bool answer(log::Family family, std::size_t number, std::optional<Error> error) {
    log::OnDurable on_durable;
    {
      auto state = state_.lock();
      auto& waiting = state->waiting[index(family)];
      if (number >= waiting.size()) return false;
      on_durable = std::move(waiting[number].on_durable);
      state->held_bytes -= waiting[number].size_bytes;
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(number));
    }
    if (error)
      on_durable(*std::move(error));
    else
      on_durable(log::Offset(0));
    return true;
  }

  /// Waits until `count` appends of the family are kept back; returns whether they came.
  bool wait_for_held(log::Family family, std::size_t count) {
    return wait([&](const State& state) { return state.waiting[index(family)].size() >= count; });
  }
  /// Waits until the data family has `count` records; returns whether they came.
  bool wait_for_records(std::size_t count) {
    return wait([&](const State& state) { return state.records.size() >= count; });
  }
  bool wait_for_held_bytes(std::size_t bytes) {
    return wait([&](const State& state) { return state.held_bytes >= bytes; });
  }
  std::vector<SeenRecord> records() { return state_.lock()->records; }
  std::size_t held_bytes_max() { return state_.lock()->held_bytes_max; }

  void append(log::RecordBatch batch, log::OnDurable on_durable) override {
    const std::size_t family = index(batch.family());
    {
      auto state = state_.lock();
      if (batch.family() == log::Family::kData) see(batch, *state);
      if (state->held[family]) {
        state->held_bytes += batch.bytes().size();
        state->held_bytes_max = std::max(state->held_bytes_max, state->held_bytes);
        state->waiting[family].push_back({batch.bytes().size(), std::move(on_durable)});
      }
    }
    changed_.notify_all();
    if (on_durable) on_durable(log::Offset(0));
  }

  log::LogWriter& writer() override { return *this; }
  std::uint16_t partition_count() const override { return partition_count_; }
  Result<std::unique_ptr<log::Reader>> open_reader(log::Family, const log::Positions&) override {
    return unsupported("this log is not read");
  }
  log::Positions durable_end(log::Family) override { return {}; }
  void hold_for(std::string_view, log::Family, const log::Positions&) override {}
  void release_hold(std::string_view, log::Family) override {}
  std::vector<log::SegmentInfo> segments() override { return {}; }
  std::vector<log::LogIncident> incidents() override { return {}; }
  std::optional<Error> refusal() override { return std::nullopt; }
  Result<> close() override { return {}; }

 private:
  struct Waiting {
    std::size_t size_bytes = 0;
    log::OnDurable on_durable;
  };
  struct State {
    bool held[2] = {false, false};
    std::vector<Waiting> waiting[2];
    std::vector<SeenRecord> records;
    std::size_t held_bytes = 0;
    std::size_t held_bytes_max = 0;
  };

  static std::size_t index(log::Family family) { return static_cast<std::size_t>(family); }

  static void see(const log::RecordBatch& batch, State& state) {
    log::RecordView record;
    log::RecordCursor cursor(batch.bytes());
    while (cursor.next(record))
      state.records.push_back(
          {std::string(record.topic), std::string(record.payload), record.flags});
  }

  template <typename Ready>
  bool wait(Ready ready) {
    return state_.lock().wait_for(changed_, std::chrono::seconds(20), ready);
  }

  const std::uint16_t partition_count_;
  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace mobilake::ingest::mqtt

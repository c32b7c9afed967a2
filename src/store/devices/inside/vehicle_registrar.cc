// SPDX-License-Identifier: Apache-2.0
#include "store/devices/inside/vehicle_registrar.h"

#include <algorithm>
#include <vector>

#include "store/devices/inside/device_rows.h"

namespace mobilake::store {

VehicleRegistrar::VehicleRegistrar(MetaStore& store, DeviceRegistryOptions options)
    : store_(store), options_(options), thread_([this] { run(); }) {}

VehicleRegistrar::~VehicleRegistrar() {
  {
    auto state = state_.lock();
    state->stopping = true;
  }
  work_.notify_all();
  thread_.join();
}

Result<> VehicleRegistrar::enqueue(DevicePointer vehicle) {
  {
    auto state = state_.lock();
    state->wanted = state->wanted || !state->waiting.empty();
    if (state->failure.has_value()) {
      // This vehicle is refused, yet it lets those that wait be tried again.
      work_.notify_one();
      return *state->failure;
    }
    if (state->waiting.size() >= options_.waiting_max)
      return exhausted("{} new vehicles wait to be registered", state->waiting.size());
    state->waiting.push_back(std::move(vehicle));
    state->enqueued += 1;
    state->wanted = true;
  }
  work_.notify_one();
  return {};
}

Result<> VehicleRegistrar::flush() {
  auto state = state_.lock();
  const std::uint64_t target = state->enqueued;
  const std::uint64_t seen = state->tries;
  if (state->durable >= target) return {};
  state->wanted = true;
  work_.notify_one();
  // Only a try that began after this call may fail it: an older one may have met a disk full since
  // freed.
  const auto settled = [&](const State& now) {
    return now.durable >= target || (now.failed_try > seen && now.failure.has_value());
  };
  state.wait(done_, settled);
  if (state->durable >= target) return {};
  return *state->failure;
}

void VehicleRegistrar::run() {
  while (true) {
    {
      auto state = state_.lock();
      state.wait(work_, [](const State& now) { return now.wanted || now.stopping; });
      if (state->waiting.empty() && state->stopping) return;
      if (state->waiting.empty()) {
        state->wanted = false;
        continue;
      }
    }
    write_batch();
    auto state = state_.lock();
    if (state->stopping && state->failure.has_value()) return;
  }
}

void VehicleRegistrar::write_batch() {
  std::vector<DevicePointer> batch;
  std::uint64_t number = 0;
  {
    auto state = state_.lock();
    const std::size_t count = std::min(state->waiting.size(), options_.batch_max);
    batch.assign(state->waiting.begin(),
                 state->waiting.begin() + static_cast<std::ptrdiff_t>(count));
    number = ++state->tries;
    state->wanted = false;
  }
  Result<> written = store_.transact(
      [&](MetaTransaction& transaction) { return put_devices(transaction, batch); });
  {
    auto state = state_.lock();
    if (written.ok()) {
      state->waiting.erase(state->waiting.begin(),
                           state->waiting.begin() + static_cast<std::ptrdiff_t>(batch.size()));
      state->durable += batch.size();
      state->failure.reset();
      state->wanted = state->wanted || !state->waiting.empty();
    } else {
      state->failure = written.error();
      state->failed_try = number;
    }
  }
  done_.notify_all();
}

}  // namespace mobilake::store

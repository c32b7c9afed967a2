// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/log_reading.h"

#include <utility>

namespace mobilake::prepare {

LogReading::LogReading(log::Log& log, log::Positions from) : log_(log), from_(std::move(from)) {}

Result<log::Reader*> LogReading::reader() {
  auto state = state_.lock();
  if (!state->reader) {
    MOBILAKE_ASSIGN(state->reader, log_.open_reader(log::Family::kData, from_));
    if (state->stopped) state->reader->stop();
  }
  return state->reader.get();
}

Result<std::vector<log::ReadBatch>> LogReading::next(std::size_t bytes_max,
                                                     std::chrono::milliseconds wait) {
  MOBILAKE_ASSIGN(log::Reader* const reader, this->reader());
  auto batches = reader->next(bytes_max, wait);
  if (!batches.ok()) {
    state_.lock()->reader.reset();
    return batches;
  }
  for (const log::ReadBatch& batch : *batches)
    from_[batch.partition] = log::Offset(batch.first.value() + batch.record_count);
  return batches;
}

void LogReading::restart(log::Positions from) {
  state_.lock()->reader.reset();
  from_ = std::move(from);
}

void LogReading::stop() {
  auto state = state_.lock();
  state->stopped = true;
  if (state->reader) state->reader->stop();
}

}  // namespace mobilake::prepare

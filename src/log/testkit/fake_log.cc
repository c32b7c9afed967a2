// SPDX-License-Identifier: Apache-2.0
#include "log/testkit/fake_log.h"

#include <utility>

#include "log/inside/frames/frame_stream.h"

namespace mobilake::log {
namespace {

std::size_t index_of(Family family) {
  return static_cast<std::size_t>(family);
}

}  // namespace

/// Walks the kept batches of one family in the order of their appends.
class FakeLog::FakeReader final : public Reader {
 public:
  FakeReader(FakeLog& log, Family family, Positions from)
      : log_(log), family_(family), from_(std::move(from)) {}

  Result<std::vector<ReadBatch>> next(std::size_t bytes_max,
                                      std::chrono::milliseconds wait) override {
    std::vector<ReadBatch> batches;
    std::size_t bytes = 0;
    auto state = log_.state_.lock();
    const auto& kept = state->families[index_of(family_)].kept;
    const auto ready = [&](const State&) { return stopped_ || next_ < kept.size(); };
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (batches.empty()) {
      if (!state.wait_for(log_.changed_, deadline - std::chrono::steady_clock::now(), ready) ||
          stopped_)
        break;
      for (; next_ < kept.size() && (bytes < bytes_max || batches.empty()); ++next_) {
        const Kept& one = kept[next_];
        ReadBatch batch{one.batch.partition(), one.batch.stream(), one.first,
                        one.batch.record_count(), one.batch.bytes()};
        if (!cut_batch(batch, from_[batch.partition])) continue;
        bytes += batch.bytes.size();
        batches.push_back(batch);
      }
    }
    return batches;
  }

  void stop() override {
    const auto state = log_.state_.lock();
    stopped_ = true;
    log_.changed_.notify_all();
  }

 private:
  FakeLog& log_;
  const Family family_;
  Positions from_;
  std::size_t next_ = 0;
  bool stopped_ = false;  // under the log's lock
};

FakeLog::FakeLog(std::uint16_t partition_count) : partition_count_(partition_count) {
  auto state = state_.lock();
  for (FamilyState& family : state->families)
    for (std::uint16_t p = 0; p < partition_count; ++p)
      family.next[PartitionId(p)] = Offset(0);
}

FakeLog::~FakeLog() {
  (void)close();
}

void FakeLog::hold_answers() {
  state_.lock()->holding = true;
}

void FakeLog::answer_held() {
  for (Waiting& one : take_waiting()) {
    const Offset first = keep(std::move(one.batch));
    one.on_durable(first);
  }
}

void FakeLog::fail_held(const Error& error) {
  for (Waiting& one : take_waiting())
    one.on_durable(error);
}

void FakeLog::refuse_with(std::optional<Error> error) {
  state_.lock()->refusal = std::move(error);
}

std::optional<Positions> FakeLog::held_by(std::string_view consumer, Family family) {
  auto state = state_.lock();
  const auto& holds = state->families[index_of(family)].holds;
  const auto found = holds.find(consumer);
  return found == holds.end() ? std::nullopt : std::optional(found->second);
}

void FakeLog::append(RecordBatch batch, OnDurable on_durable) {
  std::optional<Error> refused;
  bool waits = false;
  {
    auto state = state_.lock();
    if (state->closed)
      refused = unavailable("the log is closed");
    else if (batch.empty() || batch.partition().value() >= partition_count_)
      refused = invalid("an append needs records and one of {} partitions: partition {}",
                        partition_count_, batch.partition());
    else
      refused = state->refusal;
    waits = !refused && state->holding;
    if (waits) state->waiting.push_back({std::move(batch), std::move(on_durable)});
  }
  if (waits) return;
  if (refused) return on_durable(std::move(*refused));
  const Offset first = keep(std::move(batch));
  on_durable(first);
}

Result<std::unique_ptr<Reader>> FakeLog::open_reader(Family family, const Positions& from) {
  for (const auto& [partition, offset] : from)
    if (partition.value() >= partition_count_) return invalid("no partition {}", partition);
  return std::unique_ptr<Reader>(std::make_unique<FakeReader>(*this, family, from));
}

Positions FakeLog::durable_end(Family family) {
  return state_.lock()->families[index_of(family)].next;
}

void FakeLog::hold_for(std::string_view consumer, Family family, const Positions& positions) {
  state_.lock()->families[index_of(family)].holds[std::string(consumer)] = positions;
}

void FakeLog::release_hold(std::string_view consumer, Family family) {
  auto state = state_.lock();
  auto& holds = state->families[index_of(family)].holds;
  if (const auto found = holds.find(consumer); found != holds.end()) holds.erase(found);
}

std::vector<SegmentInfo> FakeLog::segments() {
  std::vector<SegmentInfo> infos;
  auto state = state_.lock();
  for (const Family family : {Family::kData, Family::kSystem}) {
    SegmentInfo info;
    info.file = "memory";
    info.family = family;
    info.number = 1;
    for (const Kept& kept : state->families[index_of(family)].kept) {
      info.size_bytes += kept.batch.bytes().size();
      info.frame_count += 1;
      info.record_count += kept.batch.record_count();
    }
    infos.push_back(std::move(info));
  }
  return infos;
}

Result<LogVerdict> FakeLog::verify() {
  LogVerdict verdict;
  for (const SegmentInfo& info : segments()) {
    verdict.segments += 1;
    verdict.frames += info.frame_count;
    verdict.records += info.record_count;
  }
  return verdict;
}

std::optional<Error> FakeLog::refusal() {
  return state_.lock()->refusal;
}

Result<> FakeLog::close() {
  state_.lock()->closed = true;
  answer_held();
  return {};
}

Offset FakeLog::keep(RecordBatch batch) {
  Offset first;
  {
    auto state = state_.lock();
    FamilyState& family = state->families[index_of(batch.family())];
    Offset& next = family.next[batch.partition()];
    first = next;
    next = Offset(first.value() + batch.record_count());
    family.kept.push_back({std::move(batch), first});
  }
  changed_.notify_all();
  return first;
}

std::vector<FakeLog::Waiting> FakeLog::take_waiting() {
  return std::exchange(state_.lock()->waiting, {});
}

}  // namespace mobilake::log

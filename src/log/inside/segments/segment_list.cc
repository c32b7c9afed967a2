// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segments/segment_list.h"

#include <algorithm>

#include "base/check.h"

namespace mobilake::log {

SegmentList::SegmentList(std::vector<SegmentState> segments, std::vector<Offset> next,
                         std::uint64_t next_number)
    : state_(State{std::move(segments), {}, std::move(next), next_number, 0}) {}

std::uint64_t SegmentList::take_number() {
  return state_.lock()->next_number++;
}

void SegmentList::roll(const Segment* old, SummaryPointer old_summary, SegmentState fresh) {
  {
    auto state = state_.lock();
    if (old != nullptr) find(*state, *old).summary = std::move(old_summary);
    const auto place = std::upper_bound(
        state->segments.begin(), state->segments.end(), fresh.segment->number,
        [](std::uint64_t number, const SegmentState& s) { return number < s.segment->number; });
    state->segments.insert(place, std::move(fresh));
    state->version += 1;
  }
  changed_.notify_all();
}

void SegmentList::publish(const Segment& segment, const DurableFrame& frame) {
  {
    auto state = state_.lock();
    SegmentState& found = find(*state, segment);
    found.durable_end = frame.frame_end;
    found.frame_count += 1;
    found.record_count += frame.record_count;
    for (const auto& [partition, next] : frame.next)
      state->next[partition.value()] = next;
    state->version += 1;
  }
  changed_.notify_all();
}

std::vector<SegmentState> SegmentList::snapshot(std::uint64_t first) {
  auto state = state_.lock();
  const auto begin = std::lower_bound(
      state->segments.begin(), state->segments.end(), first,
      [](const SegmentState& s, std::uint64_t number) { return s.segment->number < number; });
  return {begin, state->segments.end()};
}

Positions SegmentList::durable_end() {
  auto state = state_.lock();
  Positions positions;
  for (std::size_t partition = 0; partition < state->next.size(); ++partition)
    positions[PartitionId(static_cast<std::uint16_t>(partition))] = state->next[partition];
  return positions;
}

std::uint64_t SegmentList::version() {
  return state_.lock()->version;
}

bool SegmentList::wait_for_change(std::uint64_t seen, std::chrono::milliseconds wait) {
  auto state = state_.lock();
  return state.wait_for(changed_, wait, [&](const State& s) { return s.version != seen; });
}

void SegmentList::wake() {
  state_.lock()->version += 1;
  changed_.notify_all();
}

void SegmentList::note_sealed(const Segment& segment, std::uint64_t size_bytes) {
  auto state = state_.lock();
  SegmentState& found = find(*state, segment);
  found.sealed = true;
  found.size_bytes = size_bytes;
}

std::size_t SegmentList::retire(const std::function<bool(const SegmentState&)>& may_go) {
  auto state = state_.lock();
  auto end = state->segments.begin();
  while (end != state->segments.end() && end->sealed && may_go(*end))
    ++end;
  const auto count = static_cast<std::size_t>(end - state->segments.begin());
  std::move(state->segments.begin(), end, std::back_inserter(state->retired));
  state->segments.erase(state->segments.begin(), end);
  return count;
}

void SegmentList::drop(std::uint64_t number) {
  auto state = state_.lock();
  const auto found = std::find_if(state->segments.begin(), state->segments.end(),
                                  [&](const auto& s) { return s.segment->number == number; });
  MOBILAKE_CHECK(found != state->segments.end() && found->record_count == 0);
  state->retired.push_back(std::move(*found));
  state->segments.erase(found);
}

std::vector<SegmentState> SegmentList::take_unpinned() {
  auto state = state_.lock();
  // Nobody can pin a retired segment anew: it is in no snapshot. So a count of one stays one.
  const auto pinned = std::partition(state->retired.begin(), state->retired.end(),
                                     [](const auto& s) { return s.segment.use_count() > 1; });
  std::vector<SegmentState> unpinned(std::make_move_iterator(pinned),
                                     std::make_move_iterator(state->retired.end()));
  state->retired.erase(pinned, state->retired.end());
  return unpinned;
}

SegmentState& SegmentList::find(State& state, const Segment& segment) {
  const auto found = std::find_if(state.segments.rbegin(), state.segments.rend(),
                                  [&](const auto& s) { return s.segment.get() == &segment; });
  MOBILAKE_CHECK(found != state.segments.rend());
  return *found;
}

}  // namespace mobilake::log

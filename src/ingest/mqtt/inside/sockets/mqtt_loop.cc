// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/sockets/mqtt_loop.h"

#include <algorithm>
#include <utility>

namespace mobilake::ingest::mqtt {
namespace {

// A turn that has gathered so much hands it over before it reads on.
constexpr std::size_t kFlushBytes = 1U << 20U;
constexpr std::chrono::milliseconds kHousekeepingTime{1'000};
constexpr std::size_t kSpareBuffersMax = 1'024;
constexpr std::size_t kSpareBufferBytesMin = 64;
constexpr std::size_t kSpareBufferBytesMax = 4U << 10U;

}  // namespace

MqttLoop::MqttLoop(Door& door, std::unique_ptr<net::EventLoop> events)
    : door_(door),
      events_(std::move(events)),
      answers_(*events_, [this] { take_answers(); }),
      read_buffer_(std::make_unique<char[]>(kReadBytes)),
      gatherer_(door.parts.log.partition_count()),
      known_vehicles_(door.parts.devices),
      in_flight_bytes_max_(door.config.in_flight_size.value / door.config.loop_count()),
      removal_epoch_(door.parts.devices.removal_epoch()) {
  events_->at_turn_end([this] { end_turn(); });
  housekeep();
}

Result<std::unique_ptr<MqttLoop>> MqttLoop::open(Door& door) {
  MOBILAKE_ASSIGN(auto events, net::EventLoop::open(door.doors.clock));
  return std::unique_ptr<MqttLoop>(new MqttLoop(door, std::move(events)));
}

MqttLoop::~MqttLoop() {
  stop();
  answers_.wait_for_all();
  for_each_client([](Client& client) { client.retire(); });
}

void MqttLoop::start() {
  thread_ = std::thread([this] { events_->run(); });
}

void MqttLoop::stop() {
  if (!thread_.joinable()) return;
  events_->post([this] {
    for_each_client([](Client& client) {
      client.disconnect(ReasonCode::kServerShuttingDown, "the server shuts down");
    });
    end_turn();
  });
  events_->stop();
  thread_.join();
}

void MqttLoop::adopt(net::Socket socket) {
  events_->post([this, socket = std::move(socket)]() mutable { add_client(std::move(socket)); });
}

void MqttLoop::add_client(net::Socket socket) {
  if (draining_) {
    door_.sockets.open.add(-1);
    return;
  }
  if (free_places_.empty()) {
    free_places_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.emplace_back();
  }
  const std::uint32_t number = free_places_.back();
  free_places_.pop_back();
  Place& place = places_[number];
  const ClientKey key{number, ++place.generation};
  place.client = std::make_unique<Client>(*this, key, std::move(socket), now());
  ++client_count_;
  if (const auto started = place.client->start(); !started.ok()) {
    door_.logger.warning("an MQTT connection cannot be served: {}", started.error().to_string());
    door_.sockets.count(SocketEnd::kAcceptFailed);
    place.client->retire();
  }
}

void MqttLoop::retire(ClientKey key) {
  Place& place = places_[key.place];
  ++place.generation;  // nobody finds it any more
  retired_places_.push_back(key.place);
  --client_count_;
  door_.sockets.open.add(-1);
}

Client* MqttLoop::find(ClientKey key) {
  if (key.place >= places_.size()) return nullptr;
  const Place& place = places_[key.place];
  return place.generation == key.generation ? place.client.get() : nullptr;
}

void MqttLoop::for_each_client(const std::function<void(Client&)>& visit) {
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (places_[i].client != nullptr) visit(*places_[i].client);
}

base::Instant MqttLoop::now() {
  if (!now_) now_ = door_.doors.clock.steady();
  return *now_;
}

std::string MqttLoop::take_buffer() {
  if (spare_buffers_.empty()) return {};
  std::string buffer = std::move(spare_buffers_.back());
  spare_buffers_.pop_back();
  return buffer;
}

void MqttLoop::give_buffer(std::string buffer) {
  const std::size_t capacity = buffer.capacity();
  if (capacity < kSpareBufferBytesMin || capacity > kSpareBufferBytesMax) return;
  if (spare_buffers_.size() >= kSpareBuffersMax) return;
  buffer.clear();
  spare_buffers_.push_back(std::move(buffer));
}

void MqttLoop::gather(const PublishView& publish, const DeviceIdentity& sender,
                      std::uint8_t record_flags, PublishTicket ticket) {
  if (!received_at_) received_at_ = door_.doors.clock.now();
  gatherer_.add(publish, sender, record_flags, *received_at_, ticket);
  if (gatherer_.size_bytes() >= kFlushBytes) flush_log();
}

void MqttLoop::flush_log() {
  if (gatherer_.empty()) return;
  const FlushedBatches flushed = gatherer_.flush(door_.parts.log.writer(), answers_);
  answers_.expect(flushed.count);
  in_flight_bytes_ += flushed.size_bytes;
}

void MqttLoop::take_answers() {
  answers_.take(taken_);
  for (PublishOutcome& outcome : taken_.outcomes)
    deliver(outcome);
  for (const AuditAnswer& answer : taken_.audits)
    if (Client* client = find(answer.client)) client->settle_admission(answer.recorded);
  taken_.outcomes.clear();
  taken_.audits.clear();
  if (in_flight_bytes_ <= in_flight_bytes_max_ / 2) give_budget_back();
}

void MqttLoop::deliver(PublishOutcome& outcome) {
  count_outcome(outcome, *outcome.counters);
  in_flight_bytes_ -= outcome.size_bytes;
  for (const PublishRun& run : outcome.runs) {
    Client* client = find({run.connection, run.generation});
    if (client == nullptr) continue;
    if (outcome.error)
      client->publish_failed(run.first_sequence, *outcome.error);
    else
      client->publish_durable(run.first_sequence, run.count);
  }
}

void MqttLoop::give_budget_back() {
  for (const ClientKey key : std::exchange(awaiting_budget_, {}))
    if (Client* client = find(key)) client->budget_is_back();
}

void MqttLoop::end_turn() {
  flush_log();
  for (std::size_t i = 0; i < dirty_.size(); ++i)
    dirty_[i]->send_out();
  dirty_.clear();
  for (const std::uint32_t place : retired_places_) {
    places_[place].client.reset();
    free_places_.push_back(place);
  }
  retired_places_.clear();
  arm_timer();
  report_drained();
  now_.reset();
  received_at_.reset();
}

void MqttLoop::arm_timer() {
  const base::Instant first = deadlines_.first();
  if (first >= armed_for_) return;
  if (timer_ != 0) events_->cancel(timer_);
  armed_for_ = first;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - now());
  timer_ = events_->after(std::max(left, std::chrono::milliseconds{0}), [this] {
    timer_ = 0;
    armed_for_ = base::Instant::max();
    run_deadlines();
  });
}

void MqttLoop::run_deadlines() {
  const base::Instant due = now();
  while (const auto number = deadlines_.take_due(due)) {
    Client* client = places_[*number].client.get();
    client->forget_deadline();
    client->on_time();
  }
}

void MqttLoop::housekeep() {
  events_->after(kHousekeepingTime, [this] {
    look_again();
    housekeep();
  });
}

void MqttLoop::drain(std::move_only_function<void()> done) {
  events_->post([this, done = std::move(done)]() mutable {
    draining_ = true;
    drained_ = std::move(done);
    for_each_client([](Client& client) { client.drain(); });
    events_->after(door_.config.drain_time_max,
                   [this] { for_each_client([](Client& client) { client.retire(); }); });
  });
}

void MqttLoop::report_drained() {
  if (draining_ && client_count_ == 0 && drained_) std::exchange(drained_, nullptr)();
}

void MqttLoop::take_over(ClientKey key, std::move_only_function<void()> done) {
  events_->post([this, key, done = std::move(done)]() mutable {
    if (Client* client = find(key)) client->take_over();
    // What the old connection sent stands in the log before what the new one sends.
    flush_log();
    done();
  });
}

IngestCounters& MqttLoop::counters_of(std::string_view account) {
  auto counters = account_counters_.lock();
  const auto found = counters->find(account);
  if (found != counters->end()) return *found->second;
  return *counters->emplace(account, std::make_unique<IngestCounters>()).first->second;
}

void MqttLoop::add_counts(MqttStatus& status) const {
  auto counters = account_counters_.lock();
  for (const auto& [account, of_account] : *counters) {
    MqttCounts& row = status.accounts[account];
    row.acknowledged += of_account->publishes_acked.value();
    row.logged += of_account->publishes_logged.value();
    for (std::size_t cause = 0; cause < kRefusalCauseCount; ++cause)
      row.refused[cause] += of_account->publishes_refused[cause].value();
    // Last: what was logged or refused had been received before.
    row.received += of_account->publishes_received.value();
  }
}

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/sockets/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "ingest/mqtt/inside/sockets/mqtt_loop.h"

namespace mobilake::ingest::mqtt {
namespace {

// How long and how much of what a client still sends is thrown away after its connection ended.
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr std::uint32_t kLingerBytesMax = 1U << 20U;

}  // namespace

Client::Client(MqttLoop& loop, ClientKey key, net::Socket socket, base::Instant now)
    : loop_(loop),
      key_(key),
      socket_(std::move(socket)),
      connection_(loop.door().rules, *this, loop.unnamed_counters(), now) {}

Client::~Client() {
  retire();
}

Result<> Client::start() {
  MOBILAKE_TRY(loop_.events().watch(socket_.descriptor(), *this, reads_, writes_));
  settle();
  return {};
}

void Client::on_event(bool readable, bool writable) {
  if (writable && blocked_) send_out();
  if (readable && phase_ != Phase::kGone) read_some();
}

void Client::read_some() {
  if (phase_ == Phase::kServing) loop_.look_again();
  // Nothing is read now, so the event can only mean that the client is gone, or is of before.
  if (!reads_) {
    if (is_gone()) lose();
    return;
  }
  if (phase_ == Phase::kServing && loop_.is_over_budget()) {
    awaits_budget_ = true;
    loop_.await_budget(key_);
    return settle();
  }
  char* buffer = loop_.read_buffer();
  const ssize_t got = ::recv(socket_.descriptor(), buffer, MqttLoop::kReadBytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (got <= 0) return lose();
  const auto count = static_cast<std::size_t>(got);
  if (phase_ != Phase::kServing) return discard(count);
  connection_.receive({buffer, count}, loop_.now());
  settle();
}

void Client::discard(std::size_t count) {
  discarded_bytes_ += static_cast<std::uint32_t>(count);
  if (discarded_bytes_ > kLingerBytesMax) retire();
}

ConnectDecision Client::authenticate(const Connect& connect) {
  version_ = connect.version;
  return loop_.sign_in(*this, connect);
}

bool Client::admits_vehicle(std::string_view vehicle) {
  // A vehicle of another account is as unknown as one that nobody registered: the answer must not
  // tell one from the other.
  vehicle_known_ =
      loop_.known_vehicles().contains(connection_.identity()->device->account, vehicle);
  return true;
}

void Client::publish(const PublishView& publish, std::uint64_t sequence) {
  const DeviceIdentity& sender = *connection_.identity();
  std::uint8_t flags = 0;
  if (!publish.vehicle.empty() && !vehicle_known_) {
    flags = log::RecordView::kUnknownVehicle;
    if (sender.device->registers_unknown) {
      const auto vehicle =
          loop_.door().parts.devices.register_vehicle(sender.device->account, publish.vehicle);
      if (vehicle.ok()) flags = 0;
      // That the registry takes no more passes by, so the sender keeps its message; a bad name
      // does not, so the record goes on as one of an unknown vehicle.
      else if (vehicle.error().code != Code::kInvalid && vehicle.error().code != Code::kDenied)
        return refuse_record(sequence, vehicle.error());
    }
  }
  loop_.gather(publish, sender, flags, {key_.place, key_.generation, sequence});
}

void Client::refuse_record(std::uint64_t sequence, const Error& error) {
  connection_.identity()->counters->refused(RefusalCause::kLog).add();
  if (sequence != 0) connection_.publish_failed(sequence, error);
}

void Client::send(std::string_view bytes) {
  if (phase_ == Phase::kGone) return;
  if (out_.empty()) out_ = loop_.take_buffer();
  out_.append(bytes);
  if (!std::exchange(dirty_, true)) loop_.mark_dirty(*this);
}

void Client::close(ReasonCode reason, std::string_view why) {
  if (phase_ != Phase::kServing) return;
  phase_ = Phase::kFlushing;
  leave_book();
  loop_.door().sockets.count(reason);
  loop_.door().logger.debug("an MQTT connection ended: {} ({})", reason_name(reason), why);
  if (!std::exchange(dirty_, true)) loop_.mark_dirty(*this);
}

void Client::settle_admission(const Result<>& admission) {
  if (phase_ == Phase::kGone || admissions_awaited_ == 0) return;
  --admissions_awaited_;
  if (!admission.ok()) {
    // CONNACK is not out yet, so it can still say no, in place of all that was to follow it.
    const ConnectRefusal refusal = connect_refusal_of(admission.error());
    Connack connack;
    connack.code = version_ == ProtocolVersion::kV5
                       ? static_cast<std::uint8_t>(refusal.reason)
                       : static_cast<std::uint8_t>(return_code_of(refusal.reason));
    out_.clear();
    PacketWriter(version_).write(connack, out_);
    admissions_awaited_ = 0;
    connection_.lost();
    close(refusal.reason, "the connection could not be audited");
  }
  if (admissions_awaited_ == 0) {
    connection_.admit(loop_.now());
    if (phase_ != Phase::kGone && !std::exchange(dirty_, true)) loop_.mark_dirty(*this);
  }
  settle();
}

void Client::publish_durable(std::uint64_t first_sequence, std::uint32_t count) {
  connection_.publish_durable(first_sequence, count, loop_.now());
  settle();
}

void Client::publish_failed(std::uint64_t sequence, const Error& error) {
  connection_.publish_failed(sequence, error);
  settle();
}

void Client::take_over() {
  connection_.take_over();
  settle();
}

void Client::drain() {
  connection_.drain();
  settle();
}

void Client::disconnect(ReasonCode reason, std::string_view why) {
  connection_.disconnect(reason, why);
  settle();
}

void Client::budget_is_back() {
  awaits_budget_ = false;
  connection_.heard_again(loop_.now());
  settle();
}

void Client::on_time() {
  const base::Instant now = loop_.now();
  if (now >= close_by_) {
    if (phase_ != Phase::kLingering) loop_.door().sockets.count(SocketEnd::kSlowReader);
    connection_.lost();
    return retire();
  }
  if (phase_ == Phase::kServing && !awaits_budget_) connection_.on_time(now);
  settle();
}

void Client::send_out() {
  dirty_ = false;
  if (phase_ == Phase::kGone || admissions_awaited_ > 0) return;
  while (unsent_bytes() > 0) {
    const ssize_t sent = ::send(socket_.descriptor(), out_.data() + written_, unsent_bytes(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return hold_back_writes();
    if (sent < 0) return lose();
    written_ += static_cast<std::size_t>(sent);
    close_by_ = base::Instant::max();
  }
  loop_.give_buffer(std::move(out_));
  out_ = std::string();
  written_ = 0;
  blocked_ = false;
  if (phase_ == Phase::kFlushing) begin_linger();
  settle();
}

void Client::hold_back_writes() {
  blocked_ = true;
  out_.erase(0, std::exchange(written_, 0));
  if (close_by_ == base::Instant::max())
    close_by_ = loop_.now() + loop_.door().config.write_time_max;
  settle();
}

void Client::begin_linger() {
  // Closing with bytes unread would send a reset, which may overtake our last words.
  ::shutdown(socket_.descriptor(), SHUT_WR);
  phase_ = Phase::kLingering;
  close_by_ = loop_.now() + kLingerTime;
}

void Client::lose() {
  if (phase_ == Phase::kServing) {
    connection_.lost();
    loop_.door().sockets.count(SocketEnd::kLost);
  }
  retire();
}

void Client::retire() {
  if (phase_ == Phase::kGone) return;
  phase_ = Phase::kGone;
  leave_book();
  loop_.schedule(key_, std::exchange(scheduled_, base::Instant::max()), base::Instant::max());
  loop_.events().forget(socket_.descriptor(), *this);
  socket_.close();
  loop_.retire(key_);
}

// Asks the socket itself: the loop does not say which event it was.
bool Client::is_gone() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket_.descriptor(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
  return info.tcpi_state == TCP_CLOSE;
}

void Client::leave_book() {
  if (book_name_.empty()) return;
  loop_.door().book.leave(book_name_, {&loop_, key_});
  std::string().swap(book_name_);
}

bool Client::wants_read() const {
  if (phase_ == Phase::kLingering) return true;
  return phase_ == Phase::kServing && connection_.wants_bytes() && admissions_awaited_ == 0 &&
         !awaits_budget_ && unsent_bytes() <= loop_.door().config.unread_answers_size.value;
}

base::Instant Client::due() const {
  if (phase_ != Phase::kServing || awaits_budget_) return close_by_;
  return std::min(close_by_, connection_.next_deadline());
}

void Client::settle() {
  if (phase_ == Phase::kGone) return;
  const bool reads = wants_read();
  if (reads != reads_ || blocked_ != writes_) {
    reads_ = reads;
    writes_ = blocked_;
    loop_.events().change(socket_.descriptor(), *this, reads_, writes_);
  }
  // A deadline that moved on is entered when the old one comes.
  const base::Instant next = due();
  if (next < scheduled_) loop_.schedule(key_, std::exchange(scheduled_, next), next);
}

}  // namespace mobilake::ingest::mqtt

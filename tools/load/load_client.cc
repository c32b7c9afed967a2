// SPDX-License-Identifier: Apache-2.0
#include "load_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace mobilake::load {
namespace {

constexpr int kVehicleDigits = 7;

void put_u16(std::string& out, std::size_t value) {
  out.push_back(static_cast<char>(value >> 8U));
  out.push_back(static_cast<char>(value & 0xFFU));
}

void put_text(std::string& out, std::string_view text) {
  put_u16(out, text.size());
  out.append(text);
}

// Frames a packet (MQTT 5 section 2.1).
std::string packet_of(unsigned first_byte, std::string_view body) {
  std::string packet(1, static_cast<char>(first_byte));
  std::size_t left = body.size();
  do {
    const std::size_t digit = left % 128;
    left /= 128;
    packet.push_back(static_cast<char>(left > 0 ? digit | 128U : digit));
  } while (left > 0);
  packet.append(body);
  return packet;
}

std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
    text.replace(at, mark.size(), by);
  return text;
}

// Adds one to the decimal number whose last digit stands at `at`.
void count_up(std::string& text, std::size_t at) {
  while (text[at] == '9')
    text[at--] = '0';
  ++text[at];
}

void put_digits(std::string& text, std::size_t at, std::uint32_t number, int digits) {
  for (std::size_t i = at + static_cast<std::size_t>(digits); i-- > at; number /= 10)
    text[i] = static_cast<char>('0' + number % 10);
}

std::uint16_t next_of(std::uint16_t id) {
  return id == 65'535 ? std::uint16_t{1} : static_cast<std::uint16_t>(id + 1);
}

}  // namespace

std::uint64_t steady_nanoseconds() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

LoadClient::LoadClient(const LoadOptions& options, std::uint32_t number, LoadTotals& totals)
    : options_(options),
      number_(number),
      window_(options.window),
      totals_(totals),
      sent_at_(std::bit_ceil(std::size_t{options.window} + 1)) {
  make_packet(options);
}

void LoadClient::fail(std::string_view what) const {
  fmt::print(stderr, "mqtt_load: connection {}: {}\n", number_, what);
  std::exit(1);
}

void LoadClient::make_packet(const LoadOptions& options) {
  const std::uint32_t all = std::max(options.vehicles, options.connections);
  vehicles_here_ = std::max(1U, all / options.connections);
  const std::string zeros(kVehicleDigits, '0');
  const std::string topic = replaced(options.topic, "{v}", zeros);
  std::string body;
  put_text(body, topic);
  id_at_ = body.size();
  put_u16(body, 0);
  body.push_back(0);  // no properties
  const std::size_t payload_at = body.size();
  const auto now_us =
      std::chrono::system_clock::now().time_since_epoch() / std::chrono::microseconds(1);
  std::string payload = fmt::format("{{\"ts\":{:013}", now_us / 1000);
  time_at_ = payload.size() - 1;
  // Above what an earlier run gave its messages.
  payload += fmt::format(",\"seq\":{}", now_us);
  sequence_at_ = payload.size() - 1;
  payload += R"(,"signals":{"Vehicle.Speed":83.2,)"
             R"("Vehicle.Powertrain.TractionBattery.StateOfCharge.Current":71.5},"pad":")";
  const std::size_t needed = payload.size() + 2;
  if (needed <= options.payload_bytes) {
    payload += std::string(options.payload_bytes - needed, 'x') + "\"}";
  } else {
    payload.assign(options.payload_bytes, 'x');
    time_at_ = sequence_at_ = 0;
  }
  body += payload;
  packet_ = packet_of(0x32, body);
  const std::size_t head = packet_.size() - body.size();
  id_at_ += head;
  if (time_at_ != 0) time_at_ += head + payload_at;
  if (sequence_at_ != 0) sequence_at_ += head + payload_at;
  const std::size_t mark = options.topic.find("{v}");
  if (mark != std::string::npos) vehicle_at_ = head + 2 + mark;
}

void LoadClient::connect() {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.port);
  if (::inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr) != 1)
    fail("--host wants an IPv4 address");
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail(fmt::format("cannot connect, errno {}", errno));
  const int one = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const std::string number = std::to_string(number_);
  std::string body;
  put_text(body, "MQTT");
  body.push_back(5);
  body.push_back(static_cast<char>(0xC2));  // user name, password, clean start
  put_u16(body, 600);
  body.push_back(0);  // no properties
  put_text(body, replaced(options_.client, "{n}", number));
  put_text(body, replaced(options_.username, "{n}", number));
  put_text(body, options_.password);
  out_ = packet_of(0x10, body);
  if (!flush()) fail("the server does not take CONNECT");
}

void LoadClient::check_connack() {
  char bytes[512];
  std::size_t got = 0;
  while (got < 4 || got < static_cast<std::size_t>(bytes[1]) + 2) {
    const ssize_t more = ::recv(descriptor_, bytes + got, sizeof bytes - got, 0);
    if (more <= 0) fail("the server ended the connection before CONNACK");
    got += static_cast<std::size_t>(more);
  }
  if (bytes[0] != 0x20 || bytes[3] != 0)
    fail(fmt::format("CONNACK says 0x{:02X}", static_cast<unsigned char>(bytes[3])));
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
}

std::uint32_t LoadClient::publish(std::uint32_t count) {
  if (!flush()) return 0;
  count = std::min(count, room());
  const std::uint64_t now = steady_nanoseconds();
  for (std::uint32_t i = 0; i < count; ++i) {
    sent_at_[next_id_ & (sent_at_.size() - 1)] = now;
    append_next();
  }
  in_flight_ += count;
  totals_.sent += count;
  flush();
  return count;
}

void LoadClient::append_next() {
  packet_[id_at_] = static_cast<char>(next_id_ >> 8U);
  packet_[id_at_ + 1] = static_cast<char>(next_id_ & 0xFFU);
  next_id_ = next_of(next_id_);
  if (vehicle_at_ != 0)
    put_digits(packet_, vehicle_at_, number_ + vehicle_round_ * options_.connections,
               kVehicleDigits);
  out_.append(packet_);
  if (++vehicle_round_ < vehicles_here_) return;
  // Each vehicle has had this one; the next is a millisecond later.
  vehicle_round_ = 0;
  if (time_at_ == 0) return;
  count_up(packet_, time_at_);
  count_up(packet_, sequence_at_);
}

bool LoadClient::flush() {
  while (written_ < out_.size()) {
    const ssize_t sent =
        ::send(descriptor_, out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    if (sent < 0) {
      read();  // perhaps it said why
      fail(fmt::format("the server is gone, errno {}", errno));
    }
    written_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  written_ = 0;
  return true;
}

void LoadClient::read() {
  char buffer[16'384];
  const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (got <= 0) fail("the server ended the connection");
  std::string_view bytes(buffer, static_cast<std::size_t>(got));
  if (!in_.empty()) {
    in_.append(bytes);
    bytes = in_;
  }
  std::size_t done = 0;
  while (const std::size_t taken = take_packet(bytes.substr(done)))
    done += taken;
  // Not into itself: `bytes` may point into in_.
  in_ = std::string(bytes.substr(done));
}

// Returns the bytes of the packet at the front, or 0 where it is not whole.
std::size_t LoadClient::take_packet(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  std::size_t length = 0;
  std::size_t head = 1;
  for (unsigned shift = 0;; shift += 7) {
    if (head >= bytes.size()) return 0;
    const auto byte = static_cast<unsigned char>(bytes[head++]);
    length |= static_cast<std::size_t>(byte & 127U) << shift;
    if ((byte & 128U) == 0) break;
  }
  if (bytes.size() < head + length) return 0;
  const std::string_view body = bytes.substr(head, length);
  const auto type = static_cast<unsigned char>(bytes[0]) >> 4U;
  if (type == 4)
    take_puback(body);
  else if (type == 14)
    fail(fmt::format("DISCONNECT says 0x{:02X}", body.empty() ? 0U : body[0] & 0xFFU));
  else
    fail(fmt::format("a packet of type {} was not to come", type));
  return head + length;
}

void LoadClient::take_puback(std::string_view body) {
  if (body.size() < 2) fail("a PUBACK without a packet identifier");
  const auto id = static_cast<std::uint16_t>((body[0] & 0xFF) << 8 | (body[1] & 0xFF));
  if (id != awaited_id_ || in_flight_ == 0)
    fail(fmt::format("PUBACK of {} came where {} was awaited", id, awaited_id_));
  awaited_id_ = next_of(awaited_id_);
  --in_flight_;
  if (body.size() > 2 && (body[2] & 0x80) != 0) {
    ++totals_.refused;
    return;
  }
  ++totals_.acked;
  totals_.latency.add(steady_nanoseconds() - sent_at_[id & (sent_at_.size() - 1)]);
}

void LoadClient::say_goodbye() {
  out_ += packet_of(0xE0, "");
  flush();
}

}  // namespace mobilake::load

// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "base/random.h"
#include "cli/inside/interruption.h"
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"
#include "cli/mqtt_publisher.h"
#include "cli/recording.h"

namespace mobilake::cli {
namespace {

using nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr int kPartial = 7;

struct ReplayWords {
  std::string file;
  std::string speed = "1";
  bool shift_to_now = false;
  std::string mqtt;
  std::string account = "vehicle";
  bool registers_unknown = false;
  std::string username;
  std::string password_file;
  std::size_t window = 500;
  bool dry_run = false;
};

// Returns how many times faster than recorded; 0 for as fast as it goes.
Result<double> parse_speed(const std::string& text) {
  if (text == "max") return 0.0;
  char* end = nullptr;
  const double speed = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(speed > 0) || speed > 1e6)
    return invalid("--speed is max or a number above 0, this is \"{}\"", text);
  return speed;
}

// Fills in who publishes and where: a gateway of the caller's, or one that is registered for this
// replay. Returns the id of a registered one, to be removed at the end.
Result<std::string> sign_up(Session& session, const ReplayWords& words,
                            MqttPublisherOptions& options) {
  options.client_id = fmt::format("replay-{:016x}", base::system_random().next());
  options.window = words.window;
  if (!words.mqtt.empty()) options.url = words.mqtt;
  if (!words.username.empty()) {
    if (words.password_file.empty()) return invalid("--username needs --password-file");
    options.username = words.username;
    MOBILAKE_ASSIGN(options.password, read_secret(words.password_file));
    return std::string();
  }
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  if (words.mqtt.empty()) {
    MOBILAKE_ASSIGN(const std::string text, api->get("/api/v1/status"));
    MOBILAKE_ASSIGN(const auto status, parse_answer(text));
    options.url = status.value("endpoints", ordered_json::object()).value("mqtt", options.url);
  }
  const ordered_json body = {{"id", options.client_id},
                             {"account", words.account},
                             {"kind", "gateway"},
                             {"gateway_filter", "+"},
                             {"registers_unknown", words.registers_unknown}};
  MOBILAKE_ASSIGN(const std::string text, api->post("/api/v1/devices", body.dump()));
  MOBILAKE_ASSIGN(const auto device, parse_answer(text));
  options.username = device.value("username", options.client_id);
  options.password = device.value("password", "");
  return options.client_id;
}

class Progress {
 public:
  Progress(Session& session, std::uint64_t total) : session_(session), total_(total) {}

  // Draws at most four times a second, on a terminal alone.
  void show(const PublisherCounts& counts) {
    const base::Instant now = base::system_clock().steady();
    if (!session_.err_is_terminal || now - drawn_ < milliseconds(250)) return;
    drawn_ = now;
    const double seconds = std::chrono::duration<double>(now - begun_).count();
    const double rate = seconds > 0 ? static_cast<double>(counts.published) / seconds : 0;
    const double left = rate > 0 ? static_cast<double>(total_ - counts.published) / rate : 0;
    session_.err << fmt::format("\r{} of {} published, {} acked, {:.0f}/s, {:.0f} s left   ",
                                counts.published, total_, counts.acknowledged, rate, left)
                 << std::flush;
  }
  ~Progress() {
    if (session_.err_is_terminal) session_.err << "\r\033[K" << std::flush;
  }

 private:
  Session& session_;
  std::uint64_t total_;
  base::Instant begun_ = base::system_clock().steady();
  base::Instant drawn_{};
};

Result<> publish_all(Session& session, const ReplayWords& words, const RecordingSummary& summary,
                     double speed, MqttPublisher& publisher) {
  MOBILAKE_ASSIGN(const auto reader, RecordingReader::open(words.file));
  Progress progress(session, summary.messages);
  const base::Instant begun = base::system_clock().steady();
  // The last arrival falls on the end of the replay. Whole seconds, so that fractions keep their
  // digits.
  const auto lasts = milliseconds(
      speed > 0
          ? static_cast<std::int64_t>(
                static_cast<double>((summary.last_arrival - summary.first_arrival).count()) / speed)
          : 0);
  const auto shift = std::chrono::floor<std::chrono::seconds>(
      base::system_clock().now() + lasts - (summary.begin + summary.last_arrival));
  while (true) {
    MOBILAKE_ASSIGN(const auto message, reader->next());
    if (!message.has_value()) break;
    if (speed > 0) {
      const auto due = milliseconds(static_cast<std::int64_t>(
          static_cast<double>((message->arrival - summary.first_arrival).count()) / speed));
      const auto ahead =
          std::chrono::duration_cast<milliseconds>(begun + due - base::system_clock().steady());
      if (ahead.count() > 0) MOBILAKE_TRY(publisher.idle(ahead));
    }
    const bool shifts = words.shift_to_now && message->is_json;
    MOBILAKE_TRY(publisher.publish(
        message->topic, shifts ? shift_event_time(message->payload, shift) : message->payload));
    progress.show(publisher.counts());
  }
  return publisher.finish();
}

void print_counts(Session& session, const PublisherCounts& counts) {
  if (session.json()) {
    session.print_json(ordered_json({{"published", counts.published},
                                     {"acked", counts.acknowledged},
                                     {"refused", counts.refused}})
                           .dump());
    return;
  }
  session.out << fmt::format("published {}  acked {}  refused {}\n", counts.published,
                             counts.acknowledged, counts.refused);
}

Result<> replay(Session& session, const ReplayWords& words) {
  MOBILAKE_ASSIGN(const double speed, parse_speed(words.speed));
  MOBILAKE_ASSIGN(const RecordingSummary summary, summarize_recording(words.file));
  if (words.dry_run) {
    session.err << fmt::format("would publish {} messages that took {} s\n", summary.messages,
                               (summary.last_arrival - summary.first_arrival).count() / 1'000);
    return {};
  }
  MqttPublisherOptions options;
  MOBILAKE_ASSIGN(const std::string gateway, sign_up(session, words, options));
  Result<> done;
  {
    Result<std::unique_ptr<MqttPublisher>> publisher = open_mqtt_publisher(options);
    if (publisher.ok()) {
      done = publish_all(session, words, summary, speed, **publisher);
      print_counts(session, (*publisher)->counts());
      if ((*publisher)->counts().refused > 0) session.exit_code = kPartial;
    } else {
      done = std::move(publisher).error();
    }
  }
  if (!gateway.empty()) {
    MOBILAKE_ASSIGN(ApiClient* const api, session.api());
    // Best effort: a gateway that stays behind can be removed by hand.
    static_cast<void>(api->remove("/api/v1/devices/" + escape_url(gateway)).ok());
  }
  return done;
}

}  // namespace

void add_replay_verb(CLI::App& root, Session& session) {
  const auto words = std::make_shared<ReplayWords>();
  CLI::App* verb = add_command(
      root, "replay", "Publish a recording over MQTT, QoS 1",
      "mobilake replay replay.ndjson.gz --speed max --shift-to-now\n"
      "mobilake replay replay.ndjson.gz --speed 10 --account vehicle\n"
      "mobilake replay day.ndjson --mqtt mqtt://lake:1883 --username uplink --password-file pw");
  verb->add_option("FILE", words->file, "NDJSON of {topic, ts, payload}, also as .gz")->required();
  verb->add_option("--speed", words->speed, "times the recorded pace, or max")
      ->capture_default_str();
  verb->add_flag("--shift-to-now", words->shift_to_now,
                 "add one constant to all event times, so that the last arrival is now");
  verb->add_option("--mqtt", words->mqtt, "mqtt://HOST:PORT; by default the server says it");
  verb->add_option("--account", words->account, "whose gateway is registered for the replay")
      ->capture_default_str();
  verb->add_flag("--register", words->registers_unknown,
                 "let that gateway register unknown vehicles at first sight");
  verb->add_option("--username", words->username, "publish as this gateway instead");
  verb->add_option("--password-file", words->password_file, "its password, - for stdin");
  verb->add_option("--window", words->window, "messages without their acknowledgement at most")
      ->check(CLI::Range(1, 65'000))
      ->capture_default_str();
  verb->add_flag("--dry-run", words->dry_run, "read the recording, publish nothing");
  verb->callback([&session, words] {
    session.action = [&session, words] { return replay(session, *words); };
  });
}

}  // namespace mobilake::cli

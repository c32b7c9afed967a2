// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"
#include "cli/mqtt_publisher.h"

namespace mobilake::cli {
namespace {

using nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr int kPartial = 7;

struct FleetWords {
  std::uint32_t vehicles = 100;
  std::uint32_t rate = 100;
  std::uint32_t seconds = 60;
  std::uint64_t seed = 1;
  std::string mqtt;
  std::string username;
  std::string password_file;
};

struct SimulatedVehicle {
  std::string topic;
  std::uint64_t sequence = 0;
  double speed = 50;
  double charge = 90;
};

// Lets the vehicle drive a little on; returns its message in the VSS form.
std::string drive_on(SimulatedVehicle& vehicle, Timestamp now, base::Random& random) {
  const double step = static_cast<double>(random.below(81)) / 10 - 4;
  vehicle.speed = std::clamp(vehicle.speed + step, 0.0, 130.0);
  vehicle.charge = std::max(0.0, vehicle.charge - vehicle.speed / 50'000);
  return fmt::format(R"({{"ts":{},"seq":{},"signals":{{"Vehicle.Speed":{:.1f},)"
                     R"("Vehicle.Powertrain.TractionBattery.StateOfCharge.Current":{:.1f}}}}})",
                     now.time_since_epoch().count() / 1'000, vehicle.sequence++, vehicle.speed,
                     vehicle.charge);
}

Result<> publish_fleet(const FleetWords& words, MqttPublisher& publisher) {
  const auto random = base::seeded_random(words.seed);
  std::vector<SimulatedVehicle> fleet(words.vehicles);
  for (std::size_t number = 0; number < fleet.size(); ++number)
    fleet[number].topic = fmt::format("vehicles/SIM{:014}/telemetry", number + 1);
  const base::Instant begun = base::system_clock().steady();
  const std::uint64_t total = std::uint64_t{words.rate} * words.seconds;
  for (std::uint64_t sent = 0; sent < total; ++sent) {
    const auto due = begun + milliseconds(sent * 1'000 / words.rate);
    const auto ahead =
        std::chrono::duration_cast<milliseconds>(due - base::system_clock().steady());
    if (ahead.count() > 0) MOBILAKE_TRY(publisher.idle(ahead));
    SimulatedVehicle& vehicle = fleet[sent % fleet.size()];
    const std::string payload = drive_on(vehicle, base::system_clock().now(), *random);
    MOBILAKE_TRY(publisher.publish(vehicle.topic, payload));
  }
  return publisher.finish();
}

Result<> run_fleet(Session& session, const FleetWords& words) {
  MqttPublisherOptions options;
  options.client_id = fmt::format("sim-{:016x}", base::system_random().next());
  options.username = words.username;
  MOBILAKE_ASSIGN(options.password, read_secret(words.password_file));
  if (!words.mqtt.empty()) options.url = words.mqtt;
  MOBILAKE_ASSIGN(const auto publisher, open_mqtt_publisher(options));
  const Result<> done = publish_fleet(words, *publisher);
  const PublisherCounts counts = publisher->counts();
  if (counts.refused > 0) session.exit_code = kPartial;
  print_thing(session, ordered_json({{"published", counts.published},
                                     {"acked", counts.acknowledged},
                                     {"refused", counts.refused}}));
  return done;
}

}  // namespace

void add_sim_verbs(CLI::App& root, Session& session) {
  const auto words = std::make_shared<FleetWords>();
  CLI::App* noun = add_command(root, "sim", "Make up data",
                               "mobilake sim fleet --username uplink --password-file pw\n"
                               "mobilake sim fleet --vehicles 1000 --rate 5000 --username uplink "
                               "--password-file pw\n"
                               "mobilake sim fleet --help");
  noun->require_subcommand(1);
  CLI::App* fleet = add_command(
      *noun, "fleet", "Publish for made-up vehicles, through a gateway that registers them",
      "mobilake device new uplink --account vehicle --gateway + --register\n"
      "mobilake sim fleet --username uplink --password-file pw\n"
      "mobilake sim fleet --vehicles 1000 --rate 5000 --seconds 10 --username uplink "
      "--password-file -");
  const auto count = CLI::Range(1, 1'000'000);
  fleet->add_option("--vehicles", words->vehicles, "how many")->check(count)->capture_default_str();
  fleet->add_option("--rate", words->rate, "messages a second, of all together")
      ->check(count)
      ->capture_default_str();
  fleet->add_option("--seconds", words->seconds, "how long")->check(count)->capture_default_str();
  fleet->add_option("--seed", words->seed, "the same seed drives the same way")
      ->capture_default_str();
  fleet->add_option("--mqtt", words->mqtt, "mqtt://HOST:PORT, by default mqtt://127.0.0.1:1883");
  fleet->add_option("--username", words->username, "the gateway's user name")->required();
  fleet->add_option("--password-file", words->password_file, "its password, - for stdin")
      ->required();
  fleet->callback([&session, words] {
    session.action = [&session, words] { return run_fleet(session, *words); };
  });
}

}  // namespace mobilake::cli

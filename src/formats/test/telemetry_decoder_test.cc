// SPDX-License-Identifier: Apache-2.0
#include "formats/telemetry_decoder.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "formats/default_mapping.h"

namespace mobilake::formats {
namespace {

using Json = nlohmann::json;

/// One line of the recorded fleet as a broker would hear it.
struct Heard {
  std::string vehicle;  ///< of the topic
  std::string payload;  ///< byte for byte
  Timestamp received_at;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  gzFile file = gzopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path;
  std::string buffer(1 << 16, '\0');
  while (file != nullptr &&
         gzgets(file, buffer.data(), static_cast<int>(buffer.size())) != nullptr) {
    std::string line(buffer.c_str());
    while (!line.empty() && line.back() == '\n')
      line.pop_back();
    lines.push_back(std::move(line));
  }
  if (file != nullptr) gzclose(file);
  return lines;
}

Heard heard(const std::string& line) {
  using namespace std::chrono;
  const Json json = Json::parse(line);
  const std::string topic = json["topic"];
  const std::size_t begin = topic.find('/') + 1;
  const sys_days day = year{2026} / March / 2;
  Heard message{
      topic.substr(begin, topic.rfind('/') - begin), "",
      Timestamp(day) + hours(8) + milliseconds(json["arrival_offset_ms"].get<std::int64_t>())};
  // The text itself, not its numbers printed again: a decimal must come out as it was written.
  const std::size_t at = line.find("\"payload\":") + 10;
  message.payload = json["payload"].is_string() ? json["payload"].get<std::string>()
                                                : line.substr(at, line.size() - 1 - at);
  return message;
}

class FleetTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = std::string(MOBILAKE_SOURCE_DIR) + "/examples/data/mqtt-telemetry/";
    std::set<std::string> vehicles;
    std::vector<Heard> all;
    for (const std::string& line : lines_of(folder + "replay.ndjson.gz"))
      all.push_back(heard(line));
    std::map<std::string, int> messages;
    for (const Heard& message : all)
      ++messages[message.vehicle];
    decoder_ = *open_payload_decoder(default_mapping());
    batch_.emplace(decoder_->new_batch());
    for (const Heard& message : all) {
      // The fleet's 24 vehicles sent more than a thousand messages each; the unknown one a handful.
      const bool known = messages[message.vehicle] > 1000;
      const auto refusal =
          decoder_->decode(message.payload, {message.vehicle, message.received_at, known}, *batch_);
      if (refusal) ++refused_[std::string(cause_name(refusal->cause))];
    }
    lines_ = all.size();
  }

  std::unique_ptr<PayloadDecoder> decoder_;
  std::optional<ColumnBatch> batch_;
  std::map<std::string, int> refused_;
  std::size_t lines_ = 0;
};

TEST_F(FleetTest, EveryLineIsARowOrRefusedWithItsCause) {
  EXPECT_EQ(lines_, 30'880u);
  EXPECT_EQ(batch_->row_count(), 30'740u);
  const std::map<std::string, int> expected{
      {"bad-timestamp", 15},     {"empty-payload", 15},  {"out-of-range", 15},
      {"no-vehicle", 15},        {"truncated-json", 15}, {"unknown-vehicle", 15},
      {"vehicle-not-topic", 15}, {"wrong-type", 15},     {"clock-ahead", 20}};
  EXPECT_EQ(refused_, expected);
  EXPECT_EQ(decoder_->rounded_values(), 0u);
}

TEST_F(FleetTest, TheSumOfSpeedsOverDistinctMessagesIsExact) {
  const int speed = find_field(batch_->fields(), "speed");
  ASSERT_GE(speed, 0);
  const Column& speeds = batch_->column(static_cast<std::size_t>(speed));
  std::set<std::pair<std::string, std::int64_t>> seen;
  std::int64_t sum = 0;
  for (std::size_t row = 0; row < batch_->row_count(); ++row) {
    const std::string vehicle(batch_->column(SignalColumns::kVehicle).text(row));
    const std::int64_t sequence = batch_->column(SignalColumns::kSequence).integers[row];
    if (seen.emplace(vehicle, sequence).second) sum += speeds.integers[row];
  }
  EXPECT_EQ(seen.size(), 30'240u);
  ASSERT_EQ(speeds.type.scale, 2);
  EXPECT_EQ(sum, 78'149'884);
}

}  // namespace
}  // namespace mobilake::formats

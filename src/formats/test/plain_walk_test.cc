// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/telemetry/plain_walk.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "formats/default_mapping.h"
#include "formats/inside/decimal_text.h"
#include "formats/inside/telemetry/plain_number.h"
#include "formats/telemetry_decoder.h"

namespace mobilake::formats {
namespace {

const char* const kFlat =
    R"({"vin":"WVWMLK320R0100018","seq":12,"ts":"2026-03-02T08:00:00.004Z","speed_kmh":20.7,)"
    R"("wheel_kmh":{"fl":20.83,"fr":-0.0,"rl":20,"rr":null},"steering_deg":-12.5,)"
    R"("lat":52.597134,"lon":-8.628141,"odometer_km":28971.49,"dtc":["P0301","U0100"]})";
const char* const kVss =
    R"({"ts":1772438400004,"seq":5,"signals":{"Vehicle.Speed":20.7,)"
    R"("Vehicle.TraveledDistance":28971490,"Vehicle.CurrentLocation.Latitude":5.2597134e1}})";
const char* const kUnnamed =
    R"({"ts":1772438400004,"driver":"A B","seq":5,"signals":{"Vehicle.Speed":20.7,)"
    R"("Vehicle.Body.Colour":"","Driver":"C"},"pad":"xxxxxxxxxxxxxxxxxxx"})";

class PlainWalkTest : public testing::Test {
 protected:
  PlainWalkTest()
      : mapping_(default_mapping()),
        bounds_(bounds_of(mapping_.columns)),
        paths_(build_paths(mapping_)),
        walk_(bounds_, *paths_, DecoderConfig{}.depth_max, row_) {
    row_.slots.resize(mapping_.columns.size());
  }

  bool takes(std::string_view payload) {
    row_.clear();
    // On the heap and as long as it says, so that a read beyond its end shows.
    kept_ = std::vector<char>(payload.begin(), payload.end());
    return walk_.read({kept_.data(), kept_.size()});
  }

  const DecoderMapping mapping_;
  const std::vector<SignalBounds> bounds_;
  const std::unique_ptr<PathNode> paths_;
  RowScratch row_;
  PlainWalk walk_;
  std::vector<char> kept_;
};

TEST_F(PlainWalkTest, TakesBothFormsAsMachinesWriteThem) {
  // The second time the order of members is known.
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_TRUE(takes(kFlat)) << kFlat;
    EXPECT_EQ(row_.vehicle, "WVWMLK320R0100018");
    EXPECT_EQ(row_.sequence, 12);
    EXPECT_TRUE(takes(kVss)) << kVss;
    EXPECT_EQ(row_.timestamp, 1'772'438'400'004'000);
    EXPECT_TRUE(row_.signals_seen);
  }
}

TEST_F(PlainWalkTest, KeepsTextsThatTheMappingDoesNotName) {
  ASSERT_TRUE(takes(kUnnamed));
  ASSERT_EQ(row_.extra_keys.size(), 4u);
  EXPECT_EQ(row_.extra_keys[0], "driver");
  EXPECT_EQ(row_.extra_values[0], "A B");
  EXPECT_EQ(row_.extra_keys[1], "Vehicle.Body.Colour");
  EXPECT_EQ(row_.extra_values[1], "");
  EXPECT_EQ(row_.extra_keys[3], "pad");
  EXPECT_EQ(row_.slots[0].integer, 2070);
  EXPECT_FALSE(row_.repeats_extra());
  ASSERT_TRUE(takes(R"({"pad":"a","b":"c","pad":"b"})"));
  EXPECT_TRUE(row_.repeats_extra());
  EXPECT_FALSE(takes(R"({"pad":"a\n"})"));
}

TEST_F(PlainWalkTest, LeavesWhatNeedsCareToTheFullWalk) {
  for (const char* payload : {"",
                              "{}",
                              "{\"seq\":1",
                              " {\"seq\":1}",
                              "{\"seq\" :1}",
                              "{\"seq\": 1}",
                              "{\"seq\":1 }",
                              "{\"seq\":1}}",
                              "{\"seq\":1,}",
                              "{\"seq\":1,\"seq\":2}",
                              "{\"seq\":01}",
                              "{\"seq\":1.5}",
                              "{\"unknown\":1}",
                              "{\"vin\":\"a\\u0062\"}",
                              "{\"vin\":\"\xc3\xa4\"}",
                              "{\"vin\":\"a\tb\"}",
                              "{\"vin\":12}",
                              "{\"speed_kmh\":\"1\"}",
                              "{\"speed_kmh\":1e9}",
                              "{\"speed_kmh\":-}",
                              "{\"speed_kmh\":1.}",
                              "{\"speed_kmh\":1]}",
                              "{\"dtc\":[\"a\",]}",
                              "{\"dtc\":[1]}"})
    EXPECT_FALSE(takes(payload)) << payload;
}

/// What a decoder made of a message, as text.
std::string outcome_of(PayloadDecoder& decoder, std::string_view payload) {
  using namespace std::chrono;
  const Timestamp received_at{Timestamp(sys_days(year{2026} / March / 2)) + hours(12)};
  ColumnBatch batch = decoder.new_batch();
  const auto refusal = decoder.decode(payload, {"WVWMLK320R0100018", received_at}, batch);
  if (refusal) return std::string(cause_name(refusal->cause)) + " " + std::string(refusal->column);
  std::string row;
  for (std::size_t i = 0; i < batch.fields().size(); ++i) {
    const Column& column = batch.column(i);
    row += batch.fields()[i].name + (column.valid[0] != 0 ? "=" : " is null");
    for (const std::int64_t value : column.integers)
      row += std::to_string(value);
    for (const double value : column.doubles)
      row += std::to_string(value);
    for (const Texts* texts : {&column.texts, &column.values})
      for (std::size_t text = 0; text < texts->size(); ++text)
        row += '|' + std::string((*texts)[text]);
    row += "\n";
  }
  return row;
}

TEST(PayloadDecoderTest, SaysTheSameOfAPlainMessageAndOfOneWithABlank) {
  const auto decoder = std::move(open_payload_decoder(default_mapping())).value();
  const auto expect_same = [&](const std::string& payload) {
    // The blank leaves the message to the full walk.
    const std::string careful = "{ " + payload.substr(1);
    EXPECT_EQ(outcome_of(*decoder, payload), outcome_of(*decoder, careful)) << payload;
  };
  for (const std::string& payload :
       {std::string(kFlat), std::string(kVss), std::string(kUnnamed)}) {
    expect_same(payload);
    for (std::size_t at = 1; at < payload.size(); ++at) {
      expect_same(payload.substr(0, at));
      expect_same(payload.substr(0, at) + "}");
      expect_same(payload.substr(0, at) + payload.substr(at + 1));
      expect_same(payload.substr(0, at) + "00000000" + payload.substr(at));
      for (const char c : {'"', '\\', '{', '}', ',', ':', '.', '-', ' ', '0', '9', 'e', '\x01',
                           '\x7f', '\xc3', '\0'}) {
        std::string changed = payload;
        changed[at] = c;
        expect_same(changed);
      }
    }
  }
}

TEST(PlainNumberTest, ReadsShortNumbersAsTheyAreRead) {
  const auto random = base::seeded_random(7);
  for (int turn = 0; turn < 20'000; ++turn) {
    const std::string whole = std::to_string(random->below(100'000'000) >> random->below(27));
    std::string part = std::to_string(random->below(100'000'000) >> random->below(27));
    part.insert(0, random->below(9 - part.size()), '0');
    const std::string text = random->below(4) == 0 ? whole : whole + '.' + part;
    const std::string payload = std::string(random->below(9) + 8, '"') + text + "}";
    const char* const begin = payload.data() + payload.size() - 1 - text.size();
    const PlainNumber number = read_plain_number(begin, payload.data() + payload.size());
    ASSERT_EQ(number.end, begin + text.size()) << text;
    EXPECT_EQ(number.value, parse_decimal_text(text, number.places, kDigitsMax).scaled) << text;
  }
}

}  // namespace
}  // namespace mobilake::formats

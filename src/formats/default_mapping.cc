// SPDX-License-Identifier: Apache-2.0
#include "formats/default_mapping.h"

namespace mobilake::formats {
namespace {

ColumnType decimal(int precision, int scale) {
  return {ColumnType::Kind::kDecimal, precision, scale};
}

SignalColumn wheel_speed(std::string name, std::string vss_wheel, std::string member) {
  return {.name = "wheel_speed_" + std::move(name),
          .vss_path = "Vehicle.Chassis.Axle." + std::move(vss_wheel) + ".Speed",
          .json_path = "wheel_kmh." + std::move(member),
          .unit = "km/h",
          .type = decimal(5, 2),
          .minimum = "-250",
          .maximum = "500"};
}

std::vector<SignalColumn> motion_columns() {
  return {
      {.name = "speed",
       .vss_path = "Vehicle.Speed",
       .json_path = "speed_kmh",
       .unit = "km/h",
       .type = decimal(5, 2),
       .minimum = "-250",
       .maximum = "500"},
      wheel_speed("front_left", "Row1.Wheel.Left", "fl"),
      wheel_speed("front_right", "Row1.Wheel.Right", "fr"),
      wheel_speed("rear_left", "Row2.Wheel.Left", "rl"),
      wheel_speed("rear_right", "Row2.Wheel.Right", "rr"),
      {.name = "steering_angle",
       .vss_path = "Vehicle.Chassis.SteeringWheel.Angle",
       .json_path = "steering_deg",
       .unit = "degrees",
       .type = decimal(5, 1),
       .minimum = "-1440",
       .maximum = "1440"},
      {.name = "acceleration_longitudinal",
       .vss_path = "Vehicle.Acceleration.Longitudinal",
       .json_path = "accel_mps2",
       .unit = "m/s^2",
       .type = decimal(5, 2),
       .minimum = "-200",
       .maximum = "200"},
      {.name = "latitude",
       .vss_path = "Vehicle.CurrentLocation.Latitude",
       .json_path = "lat",
       .unit = "degrees",
       .type = decimal(8, 6),
       .minimum = "-90",
       .maximum = "90"},
      {.name = "longitude",
       .vss_path = "Vehicle.CurrentLocation.Longitude",
       .json_path = "lon",
       .unit = "degrees",
       .type = decimal(9, 6),
       .minimum = "-180",
       .maximum = "180"},
      {.name = "heading",
       .vss_path = "Vehicle.CurrentLocation.Heading",
       .json_path = "heading_deg",
       .unit = "degrees",
       .type = decimal(4, 1),
       .minimum = "0",
       .maximum = "360"},
  };
}

std::vector<SignalColumn> state_columns() {
  return {
      // VSS counts this one in metres.
      {.name = "odometer",
       .vss_path = "Vehicle.TraveledDistance",
       .json_path = "odometer_km",
       .vss_exponent = -3,
       .unit = "km",
       .type = decimal(9, 3),
       .minimum = "0"},
      {.name = "outside_temperature",
       .vss_path = "Vehicle.Exterior.AirTemperature",
       .json_path = "outside_c",
       .unit = "celsius",
       .type = decimal(4, 1),
       .minimum = "-100",
       .maximum = "100"},
      {.name = "state_of_charge",
       .vss_path = "Vehicle.Powertrain.TractionBattery.StateOfCharge.Current",
       .json_path = "soc_pct",
       .unit = "percent",
       .type = decimal(5, 2),
       .minimum = "0",
       .maximum = "100"},
      {.name = "fuel_level",
       .vss_path = "Vehicle.Powertrain.FuelSystem.RelativeLevel",
       .json_path = "fuel_pct",
       .unit = "percent",
       .type = decimal(5, 2),
       .minimum = "0",
       .maximum = "100"},
      {.name = "dtc",
       .vss_path = "Vehicle.OBD.DTCList",
       .json_path = "dtc",
       .type = {ColumnType::Kind::kTextList}},
  };
}

DecoderMapping make_default_mapping() {
  DecoderMapping mapping{.name = "vehicle-default",
                         .vehicle_path = "vin",
                         .ts_path = "ts",
                         .seq_path = "seq",
                         .signals_path = "signals",
                         .columns = motion_columns()};
  for (SignalColumn& column : state_columns())
    mapping.columns.push_back(std::move(column));
  return mapping;
}

}  // namespace

const DecoderMapping& default_mapping() {
  static const DecoderMapping mapping = make_default_mapping();
  return mapping;
}

}  // namespace mobilake::formats

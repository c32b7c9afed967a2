# SPDX-License-Identifier: Apache-2.0
"""Step 1: what comes in over MQTT is kept, once, and what is no good is told apart."""

import datetime
import decimal
import socket

import paho.mqtt.client as paho
import pytest
from harness import fleet as recorded
from harness.lake import SIGNALS, eventually
from harness.mqtt import BareClient, Refused, connect_paho, publish_paho, vss_payload

TS = "2026-03-02T08:00:00.000Z"


def topic(vehicle: str) -> str:
    return f"vehicles/{vehicle}/telemetry"


def speeds(lake, vehicle: str) -> list:
    rows = lake.owner.sql(
        f"SELECT seq, speed FROM {SIGNALS} WHERE vehicle_id = '{vehicle}' ORDER BY seq"
    )
    return [(int(seq), decimal.Decimal(str(speed))) for seq, speed in rows]


@pytest.mark.parametrize("protocol", [paho.MQTTv311, paho.MQTTv5], ids=["v3.1.1", "v5"])
def test_an_acknowledged_message_becomes_a_row(shared_lake, protocol):
    device = shared_lake.device(f"ROW{protocol}")
    client = connect_paho(shared_lake.server.address("mqtt"), device, protocol)
    publish_paho(client, topic(device.id), vss_payload(1, TS, speed=41.3))
    client.disconnect()
    eventually(lambda: speeds(shared_lake, device.id), [(1, decimal.Decimal("41.3"))])


@pytest.mark.parametrize("protocol", [paho.MQTTv311, paho.MQTTv5], ids=["v3.1.1", "v5"])
def test_a_wrong_password_is_refused_and_the_right_one_is_not(shared_lake, protocol):
    device = shared_lake.device(f"PASS{protocol}")
    address = shared_lake.server.address("mqtt")
    with pytest.raises(Refused):
        connect_paho(address, device, protocol, password=device.password + "x")
    connect_paho(address, device, protocol).disconnect()


def test_a_device_speaks_for_itself_alone(shared_lake):
    mine, other = shared_lake.device("MINE"), shared_lake.device("OTHER")
    client = connect_paho(shared_lake.server.address("mqtt"), mine, paho.MQTTv5)
    with pytest.raises(Refused):
        publish_paho(client, topic(other.id), vss_payload(1, TS, speed=1))
    client = connect_paho(shared_lake.server.address("mqtt"), mine, paho.MQTTv5)
    publish_paho(client, topic(mine.id), vss_payload(1, TS, speed=2))
    client.disconnect()
    eventually(lambda: speeds(shared_lake, mine.id), [(1, decimal.Decimal(2))])
    assert speeds(shared_lake, other.id) == []


def test_a_gateway_speaks_for_registered_vehicles_of_its_filter(shared_lake):
    vehicle = shared_lake.device("GATED-1")
    gateway = shared_lake.device("GATEWAY", "--gateway", "GATED-1")
    client = connect_paho(shared_lake.server.address("mqtt"), gateway, paho.MQTTv5)
    publish_paho(client, topic(vehicle.id), vss_payload(1, TS, speed=3))
    eventually(lambda: speeds(shared_lake, vehicle.id), [(1, decimal.Decimal(3))])
    with pytest.raises(Refused):
        publish_paho(client, topic("FOREIGN"), vss_payload(1, TS, speed=3))


def test_acknowledgements_come_in_the_order_of_publishing(shared_lake):
    device = shared_lake.device("ORDERED")
    client = BareClient(shared_lake.server.address("mqtt"), device)
    sent = [7, 3, 900, 1, 65535, 2]
    for seq, packet_id in enumerate(sent, 1):
        client.publish(packet_id, topic(device.id), vss_payload(seq, TS, speed=seq))
    assert [client.read_puback() for _ in sent] == sent
    client.close()


def test_a_message_sent_again_is_stored_once(shared_lake):
    device = shared_lake.device("AGAIN")
    client = BareClient(shared_lake.server.address("mqtt"), device)
    for packet_id in (1, 2):
        client.publish(
            packet_id, topic(device.id), vss_payload(1, TS, speed=5), again=packet_id > 1
        )
        assert client.read_puback() == packet_id
    client.publish(3, topic(device.id), vss_payload(2, TS, speed=6))
    client.read_puback()
    client.close()
    expected = [(1, decimal.Decimal(5)), (2, decimal.Decimal(6))]
    eventually(lambda: speeds(shared_lake, device.id), expected)


def test_another_message_of_the_same_sequence_is_kept(shared_lake):
    device = shared_lake.device("RESTARTED")
    client = BareClient(shared_lake.server.address("mqtt"), device)
    for packet_id, speed in ((1, 5), (2, 6)):
        client.publish(packet_id, topic(device.id), vss_payload(1, TS, speed=speed))
        client.read_puback()
    client.close()
    expected = [decimal.Decimal(5), decimal.Decimal(6)]
    eventually(lambda: sorted(speed for _, speed in speeds(shared_lake, device.id)), expected)


def test_bytes_that_are_no_mqtt_end_the_connection_and_nothing_else(shared_lake):
    device = shared_lake.device("CALM")
    calm = BareClient(shared_lake.server.address("mqtt"), device)
    with socket.create_connection(shared_lake.server.address("mqtt"), timeout=20) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
        # A reset is an end too.
        try:
            assert stranger.recv(4096) == b""
        except ConnectionResetError:
            pass
    calm.publish(1, topic(device.id), vss_payload(1, TS, speed=1))
    assert calm.read_puback() == 1
    calm.close()


@pytest.mark.parametrize("times", ["once", "twice"])
class TestTheRecordedFleet:
    """Counts and sums as the data's README says; a second replay adds no row."""

    def test_every_line_is_acknowledged(self, fleet, times):
        told = getattr(fleet, times)["replay"]
        assert told["published"] == told["acked"] == recorded.FACTS["lines"]
        assert told["refused"] == 0

    def test_each_distinct_message_is_one_row(self, fleet, times):
        assert getattr(fleet, times)["rows"] == recorded.FACTS["distinct_messages"]

    def test_the_speeds_sum_to_what_was_driven(self, fleet, times):
        expected = decimal.Decimal(str(recorded.FACTS["sum_speed_kmh"]))
        assert decimal.Decimal(getattr(fleet, times)["speed"]) == expected

    def test_duplicates_are_counted(self, fleet, times):
        # The second replay of a stored message is a duplicate as well.
        again = recorded.FACTS["distinct_messages"] + recorded.FACTS["duplicates"]
        expected = recorded.FACTS["duplicates"] + (again if times == "twice" else 0)
        assert getattr(fleet, times)["duplicates"] == expected

    def test_the_rest_is_quarantined_by_cause(self, fleet, times):
        replays = 2 if times == "twice" else 1
        expected = {cause: replays * n for cause, n in recorded.expected_causes().items()}
        assert getattr(fleet, times)["causes"] == expected


def test_the_last_state_of_each_vehicle_is_that_of_event_time(fleet):
    rows = fleet.lake.owner.sql(
        "SELECT s.vehicle_id, s.ts, s.latitude, s.longitude, s.speed, l.n "
        f"FROM {SIGNALS} s JOIN (SELECT vehicle_id, max(ts) AS ts, count(*) AS n FROM {SIGNALS} "
        "GROUP BY vehicle_id) l ON s.vehicle_id = l.vehicle_id AND s.ts = l.ts"
    )
    found = {
        vehicle: (datetime.datetime.fromisoformat(ts), float(lat), float(lon), float(speed), int(n))
        for vehicle, ts, lat, lon, speed, n in rows
    }
    expected = {
        row["vin"]: (
            datetime.datetime.fromisoformat(row["last_ts"]),
            float(row["last_lat"]),
            float(row["last_lon"]),
            float(row["last_speed_kmh"]),
            int(row["distinct"]),
        )
        for row in recorded.vehicles()
    }
    assert found == expected


def test_late_messages_are_kept_in_event_time(fleet):
    late = fleet.lake.owner.value(
        "SELECT count(*) FROM (SELECT ts < max(ts) OVER (PARTITION BY vehicle_id "
        "ORDER BY received_at, seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS behind "
        f"FROM {SIGNALS}) WHERE behind"
    )
    # Messages that arrive within the same microsecond are sorted by sequence, which hides an order.
    promised = recorded.FACTS["arrivals_behind_a_newer_one_of_the_same_vehicle"]
    assert 0.9 * promised <= int(late) <= promised


def test_the_fleet_survives_a_restart(lake):
    device = lake.device("RESTART")
    client = BareClient(lake.server.address("mqtt"), device)
    client.publish(1, topic(device.id), vss_payload(1, TS, speed=9))
    client.read_puback()
    client.close()
    lake.server.stop()
    lake.server.start()
    eventually(lambda: speeds(lake, device.id), [(1, decimal.Decimal(9))])

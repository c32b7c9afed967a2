# SPDX-License-Identifier: Apache-2.0
"""Whatever strangers and devices send: memory stays, others are served, each refusal has a name."""

import socket

import pytest
from harness.lake import SIGNALS, Lake, eventually
from harness.mqtt import vss_payload
from harness.siege import (
    Attacker,
    Siege,
    connect_bytes,
    header,
    last_words,
    publish_bytes,
    user_property,
)

HUGE = 100_000_000
PIECE = bytes(65536)
GROWN_MIB_MAX = 20
ACKED_WITHIN_MS = 2_000
CONNECT_WITHIN_S = 2
TS = "2026-03-02T08:00:00.000Z"
BAD_UTF8 = {
    "stray": b"\xff",
    "overlong": b"\xc0\xaf",
    "surrogate": b"\xed\xa0\x80",
    "null": b"a\0b",
}


@pytest.fixture(scope="module")
def besieged(tmp_path_factory):
    """One server for all attacks: what each leaves behind adds up."""
    lake = Lake(
        tmp_path_factory.mktemp("siege"),
        *("-X", f"ingest.connect_time_max={CONNECT_WITHIN_S}s"),
        *("-X", "ingest.write_time_max=2s"),
        *("-X", "http.request_time_max=2s"),
    )
    made = Siege(lake)
    yield made
    made.close()
    lake.close()


@pytest.fixture
def siege(besieged):
    """The server; afterwards memory and the permitted twin are looked at."""
    besieged.look()
    yield besieged
    calm = besieged.look()
    print(f"grown {calm.grown_mib:.1f} MiB, {calm.acked} acked, slowest {calm.slowest_ms:.0f} ms")
    assert calm.grown_mib < GROWN_MIB_MAX
    assert calm.acked > 0
    assert calm.slowest_ms < ACKED_WITHIN_MS


@pytest.fixture(scope="module")
def device(besieged):
    return besieged.lake.device("HOSTILE")


def expect_ends(siege, reason: str, before: int, more: int) -> None:
    """The counters follow within a second."""
    eventually(lambda: siege.ended(reason) - before >= more, True)


class TestHugePackets:
    @pytest.mark.parametrize("kind", range(16))
    def test_a_first_packet_of_100_mb_is_refused_from_its_header(self, siege, kind):
        reasons = {0: "malformed packet", 1: "packet too large"}
        reason = reasons.get(kind, "protocol error")
        before = siege.ended(reason)
        stranger = Attacker(siege.mqtt)
        stranger.send(header(kind, 2 if kind in (6, 8, 10) else 0, HUGE))
        assert stranger.flood(PIECE, HUGE) < HUGE
        # Without a CONNECT no version is known, so there are no words to refuse in.
        assert stranger.read_all() == b""
        expect_ends(siege, reason, before, 1)

    @pytest.mark.parametrize("kind", range(16))
    def test_a_packet_of_100_mb_of_a_device_is_refused_by_its_code(self, siege, device, kind):
        sent_by_clients = (3, 4, 5, 6, 7, 8, 10, 12, 14, 15)
        expected = 0x95 if kind in sent_by_clients else 0x82 if kind else 0x81
        client = Attacker(siege.mqtt, device)
        client.send(header(kind, 2 if kind in (6, 8, 10) else 0, HUGE))
        assert client.flood(PIECE, HUGE) < HUGE
        assert last_words(client.read_all()) == expected

    def test_what_a_device_may_send_is_taken_up_to_its_size(self, siege, device):
        client = Attacker(siege.mqtt, device)
        client.send(publish_bytes(b"vehicles/HOSTILE/event", bytes(128 * 1024)))
        assert client.read_packet()[0] == 4
        client.send(publish_bytes(b"vehicles/HOSTILE/event", bytes(128 * 1024 + 1)))
        assert last_words(client.read_all()) == 0x95


class TestSlowAndSilentClients:
    def test_a_connect_that_never_ends_is_ended(self, siege, device):
        before = siege.ended("maximum connect time")
        whole = connect_bytes(device)
        silent = [Attacker(siege.mqtt) for _ in range(200)]
        slow = [Attacker(siege.mqtt) for _ in range(300)]
        for at in range(len(whole) - 1):
            for client in slow:
                client.send(whole[at : at + 1])
        assert all(client.read_all() == b"" for client in silent + slow)
        expect_ends(siege, "maximum connect time", before, 500)

    def test_a_device_that_falls_silent_is_ended_with_its_keep_alive(self, siege, device):
        clients = [
            Attacker(siege.mqtt, device, keep_alive=1, client_id=b"silent-%d" % number)
            for number in range(100)
        ]
        assert {last_words(client.read_all()) for client in clients} == {0x8D}

    def test_a_device_that_keeps_half_a_packet_is_ended_with_its_keep_alive(self, siege, device):
        clients = [
            Attacker(siege.mqtt, device, keep_alive=1, client_id=b"half-%d" % number)
            for number in range(100)
        ]
        for client in clients:
            client.send(publish_bytes(b"vehicles/HOSTILE/event", bytes(16 * 1024))[:-1])
        assert {last_words(client.read_all()) for client in clients} == {0x8D}

    def test_a_device_that_takes_no_answer_is_ended(self, siege, device):
        before = siege.ended("answers not taken")
        client = Attacker(siege.mqtt, device)
        client.socket.settimeout(0.5)
        pings = header(12, 0, 0) * 32768
        # A timeout is the server's back-pressure; then it waits write_time_max for progress.
        client.flood(pings, HUGE)
        expect_ends(siege, "answers not taken", before, 1)


class TestTruncation:
    @pytest.mark.parametrize("level", [4, 5])
    def test_a_message_cut_at_any_byte_is_no_message(self, siege, level):
        vehicle = siege.lake.device(f"CUT{level}")
        topic = f"vehicles/CUT{level}/telemetry".encode()
        payload = vss_payload(1, TS, speed=7).encode()
        hello = connect_bytes(vehicle, level)
        whole = hello + publish_bytes(topic, payload, level)
        for cut in range(len(whole)):
            client = Attacker(siege.mqtt)
            client.send(whole[:cut])
            client.socket.shutdown(socket.SHUT_WR)
            # What was whole is answered, and of the rest nothing is.
            assert client.read_all()[:1] in ((b"",) if cut < len(hello) else (b"", b"\x20"))
            client.close()
        client = Attacker(siege.mqtt)
        client.send(whole)
        assert client.read_packet()[0] == 2
        assert client.read_packet()[0] == 4
        client.close()
        rows = f"SELECT count(*) FROM {SIGNALS} WHERE vehicle_id = 'CUT{level}'"
        eventually(lambda: int(siege.lake.owner.value(rows)), 1)
        refused = "SELECT count(*) FROM system.dead_letters WHERE vehicle_id = 'CUT%d'" % level
        assert int(siege.lake.owner.value(refused)) == 0


class TestText:
    @pytest.mark.parametrize("bad", BAD_UTF8.values(), ids=BAD_UTF8.keys())
    @pytest.mark.parametrize("field", ["client_id", "username"])
    def test_text_of_connect_that_is_no_utf8_is_malformed(self, siege, device, field, bad):
        client = Attacker(siege.mqtt)
        client.send(connect_bytes(device, **{field: bad}))
        assert last_words(client.read_all()) == 0x81

    @pytest.mark.parametrize("bad", BAD_UTF8.values(), ids=BAD_UTF8.keys())
    def test_text_of_publish_that_is_no_utf8_is_malformed(self, siege, device, bad):
        for topic, properties in ((b"vehicles/" + bad, b""), (b"x", user_property(b"k", bad))):
            client = Attacker(siege.mqtt, device)
            client.send(publish_bytes(topic, b"{}", properties=properties))
            assert last_words(client.read_all()) == 0x81

    def test_a_payload_that_is_no_utf8_is_kept_with_its_cause(self, siege):
        vehicle = siege.lake.device("BADTEXT")
        client = Attacker(siege.mqtt, vehicle)
        client.send(publish_bytes(b"vehicles/BADTEXT/telemetry", b'{"ts":"\xff"}'))
        assert client.read_packet()[0] == 4
        client.close()
        causes = "SELECT cause FROM system.dead_letters WHERE vehicle_id = 'BADTEXT'"
        eventually(lambda: siege.lake.owner.sql(causes), [["bad-json"]])

    @pytest.mark.parametrize("topic", [b"t" * 65535, b"a/" * 100 + b"a"], ids=["long", "deep"])
    def test_a_topic_beyond_the_limits_is_refused_in_its_place(self, siege, topic):
        application = siege.lake.device(
            f"APP{len(topic)}", "--application", "--topics", "#"
        )
        client = Attacker(siege.mqtt, application)
        client.send(publish_bytes(topic, b"{}"))
        kind, body = client.read_packet()
        assert (kind, body[2]) == (4, 0x90)
        # The connection goes on.
        client.send(publish_bytes(b"short", b"{}"))
        kind, body = client.read_packet()
        assert kind == 4 and (len(body) == 2 or body[2] == 0)
        client.close()

    def test_user_properties_beyond_the_packet_are_refused(self, siege, device):
        before = siege.ended("packet too large")
        many = user_property(b"k", b"v" * 1000) * 200
        stranger = Attacker(siege.mqtt)
        stranger.send(connect_bytes(device, properties=many))
        assert stranger.read_all() == b""
        expect_ends(siege, "packet too large", before, 1)
        client = Attacker(siege.mqtt, device)
        client.send(publish_bytes(b"vehicles/HOSTILE/event", b"{}", properties=many))
        assert last_words(client.read_all()) == 0x95

    def test_user_properties_within_the_packet_are_taken(self, siege, device):
        client = Attacker(siege.mqtt, device)
        many = user_property(b"k", b"") * 500
        client.send(publish_bytes(b"vehicles/HOSTILE/event", b"{}", properties=many))
        assert client.read_packet()[0] == 4
        client.close()


def post(length: str) -> bytes:
    return b"POST /api/v1/queries HTTP/1.1\r\nHost: a\r\n" + length.encode() + b"\r\n\r\n"


class TestTheHttpDoor:
    @pytest.mark.parametrize(
        ("status", "begin", "piece"),
        [
            (413, post(f"Content-Length: {HUGE}"), PIECE),
            (413, post("Transfer-Encoding: chunked"), b"10000\r\n" + PIECE + b"\r\n"),
            (431, post("Transfer-Encoding: chunked") + b"5;x=", b"x" * 65536),
            (431, b"GET / HTTP/1.1\r\n", b"x-flood: " + b"y" * 1000 + b"\r\n"),
            (431, b"GET / HTTP/1.1\r\nx: ", b"y" * 65536),
            (431, b"GET /", b"y" * 65536),
        ],
        ids=["body", "chunks", "chunk-extension", "headers", "header", "path"],
    )
    def test_100_mb_are_refused_by_name(self, siege, status, begin, piece):
        before = siege.refused(status)
        stranger = Attacker(siege.http)
        stranger.send(begin)
        assert stranger.flood(piece, HUGE) < HUGE
        assert stranger.read_all().startswith(b"HTTP/1.1 %d " % status)
        assert siege.refused(status) > before

    def test_requests_that_do_not_end_are_told_so(self, siege):
        clients = [Attacker(siege.http) for _ in range(200)]
        for client in clients:
            client.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nx: ")
            client.send(b"y" * 8000)
        for client in clients:
            client.send(b"y" * 10)
        assert siege.lake.owner.value("SELECT 1 + 1") == 2
        assert all(c.read_all().startswith(b"HTTP/1.1 408 ") for c in clients)

    def test_bodies_of_many_strangers_share_a_budget(self, siege):
        clients = [Attacker(siege.http) for _ in range(200)]
        for client in clients:
            client.send(post("Content-Length: 1000000") + bytes(900_000))
        # A statement needs no part of it.
        assert siege.lake.owner.value("SELECT 1 + 1") == 2
        told = {client.read_all()[9:12] for client in clients}
        assert told == {b"408", b"503"}

# SPDX-License-Identifier: Apache-2.0
"""What an attacker sends, and what is measured of the server and of a permitted twin meanwhile."""

import dataclasses
import json
import pathlib
import re
import select
import socket
import struct
import subprocess
import sys

from harness.lake import Device, Lake, eventually
from harness.mqtt import CONNECT, PUBLISH, next_packet, packet, text

ANSWER_WITHIN_S = 20
TWIN = pathlib.Path(__file__).with_name("twin_sender.py")


def length_of(count: int) -> bytes:
    """Returns a length in 7-bit groups, low one first (MQTT 5, section 1.5.5)."""
    return packet(0, 0, bytes(count))[1:-count] if count else b"\0"


def header(kind: int, flags: int, remaining: int) -> bytes:
    """Returns a fixed header that announces a length, without what it announces."""
    groups = bytearray()
    while True:
        remaining, low = divmod(remaining, 128)
        groups.append(low | (0x80 if remaining else 0))
        if not remaining:
            return bytes([kind << 4 | flags]) + bytes(groups)


def user_property(name: bytes, value: bytes) -> bytes:
    return b"\x26" + struct.pack(">H", len(name)) + name + struct.pack(">H", len(value)) + value


def raw_text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def connect_bytes(device: Device, level: int = 5, keep_alive: int = 60, **fields: bytes) -> bytes:
    """Returns a CONNECT; `client_id`, `username` and `properties` replace what is right."""
    body = text("MQTT") + bytes([level, 0xC2]) + struct.pack(">H", keep_alive)
    if level == 5:
        properties = fields.get("properties", b"")
        body += length_of(len(properties)) + properties
    body += raw_text(fields.get("client_id", device.id.encode()))
    body += raw_text(fields.get("username", device.username.encode())) + text(device.password)
    return packet(CONNECT, 0, body)


def publish_bytes(topic: bytes, payload: bytes, level: int = 5, properties: bytes = b"") -> bytes:
    body = raw_text(topic) + struct.pack(">H", 1)
    if level == 5:
        body += length_of(len(properties)) + properties
    return packet(PUBLISH, 2, body + payload)


class NotLetIn(Exception):
    """A CONNACK refused the connection."""

    def __init__(self, reason: int):
        super().__init__(f"{reason:#x}")
        self.reason = reason


class Attacker:
    """One raw connection."""

    def __init__(self, address, device: Device | None = None, **fields):
        """With a device, signs it in."""
        self.socket = socket.create_connection(address, timeout=ANSWER_WITHIN_S)
        self._received = bytearray()
        if device:
            self.socket.sendall(connect_bytes(device, **fields))
            kind, answer = self.read_packet()
            assert kind == 2, f"a packet of type {kind} in place of CONNACK"
            if answer[1] != 0:
                raise NotLetIn(answer[1])

    def send(self, data: bytes) -> bool:
        """Returns whether the server took it, which it does not once it has ended."""
        try:
            self.socket.sendall(data)
            return True
        except (ConnectionError, TimeoutError):
            return False

    def flood(self, piece: bytes, total: int) -> int:
        """Sends pieces until `total` or until the server has ended; returns how much it took."""
        sent = 0
        while sent < total and self.send(piece):
            sent += len(piece)
        return sent

    def read_all(self) -> bytes:
        """Returns everything until the server ends the connection, which it must."""
        while True:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return bytes(self._received)
            self._received += more

    def read_packet(self) -> tuple[int, bytes]:
        return next_packet(self.socket, self._received)

    def close(self) -> None:
        self.socket.close()


def last_words(told: bytes) -> int | None:
    """Returns the reason code of the CONNACK or DISCONNECT at the end of what a server sent."""
    reason = None
    while told:
        size, at, shift = 0, 1, 0
        while True:
            size |= (told[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if told[at - 1] < 0x80:
                break
        body, kind = told[at : at + size], told[0] >> 4
        if kind in (2, 14):
            reason = body[1] if kind == 2 else body[0]
        told = told[at + size :]
    return reason


@dataclasses.dataclass
class Calm:
    """What one attack cost: memory since the siege began, and the twin meanwhile."""

    grown_mib: float
    acked: int
    slowest_ms: float


class Siege:
    """A warmed-up server under attack, with a permitted twin that goes on publishing."""

    def __init__(self, lake: Lake):
        self.lake = lake
        self.mqtt = lake.server.address("mqtt")
        self.http = lake.server.address("http")
        gateway = lake.device("TWIN-GATEWAY", "--gateway", "TWIN")
        lake.device("TWIN")
        host, port = self.mqtt
        words = [sys.executable, "-B", TWIN, host, str(port), "TWIN"]
        self._twin = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._twin.stdin.write(json.dumps(dataclasses.asdict(gateway)) + "\n")
        self._twin.stdin.flush()
        self._warm_up()
        self._resident_kib = self._memory("VmRSS")

    def look(self) -> Calm:
        """Returns what was seen since the last look."""
        told = self._ask_twin()
        peak = self._memory("VmHWM")
        grown = (peak - self._resident_kib) / 1024
        return Calm(grown, told["acked"], told["slowest_ms"])

    def ended(self, reason: str) -> int:
        """Returns how many MQTT connections ended for that reason."""
        return self.lake.metric("mobilake_ingest_ended_connections_total", reason=reason)

    def refused(self, status: int) -> int:
        """Returns how many HTTP requests were refused with that status before they were read."""
        return self.lake.metric("mobilake_serve_refused_requests_total", status=str(status))

    def close(self) -> None:
        self._twin.stdin.close()
        assert self._twin.wait(timeout=ANSWER_WITHIN_S) == 0, "the twin was cut off"

    def _warm_up(self) -> None:
        # What the first query, commit and sign-in need for themselves is no attacker's work.
        rows = "SELECT count(*) >= 100 FROM vehicle.telemetry.signals"
        eventually(lambda: self.lake.owner.value(rows), True)
        self._ask_twin()
        # The kernel forgets the highest mark that start and first query left.
        pathlib.Path(f"/proc/{self.lake.server.process.pid}/clear_refs").write_text("5")

    def _ask_twin(self) -> dict:
        self._twin.stdin.write("?\n")
        self._twin.stdin.flush()
        readable, _, _ = select.select([self._twin.stdout], [], [], ANSWER_WITHIN_S)
        assert readable, f"the twin waits for an acknowledgement since {ANSWER_WITHIN_S} s"
        return json.loads(self._twin.stdout.readline())

    def _memory(self, what: str) -> int:
        status = pathlib.Path(f"/proc/{self.lake.server.process.pid}/status").read_text()
        return int(re.search(rf"^{what}:\s+(\d+) kB", status, re.MULTILINE).group(1))

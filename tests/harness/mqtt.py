# SPDX-License-Identifier: Apache-2.0
"""MQTT senders: paho for single messages, and a bare 3.1.1 client that shows every acknowledgement.

The bare one is written from the specification (MQTT 3.1.1, sections 2 and 3), so that a test sees
what the server sent and not what a library made of it.
"""

import collections
import json
import socket
import struct

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from harness.lake import Device

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
ANSWER_WITHIN_S = 20


def vss_payload(seq: int, ts: str, **signals: float) -> str:
    """Returns a message in the VSS form; `speed=41.3` is the signal Vehicle.Speed."""
    named = {f"Vehicle.{name.title().replace('_', '')}": value for name, value in signals.items()}
    return json.dumps({"ts": ts, "seq": seq, "signals": named}, separators=(",", ":"))


def take_packet(received: bytearray) -> tuple[int, bytes] | None:
    """Takes the first whole packet off; returns its type and what is behind the fixed header."""
    length, shift = 0, 0
    for at in range(1, len(received)):
        length |= (received[at] & 0x7F) << shift
        shift += 7
        if received[at] < 0x80:
            end = at + 1 + length
            if len(received) < end:
                return None
            kind, body = received[0] >> 4, bytes(received[at + 1 : end])
            del received[:end]
            return kind, body
    return None


def next_packet(connection: socket.socket, received: bytearray) -> tuple[int, bytes]:
    """Reads on until `received` begins with a whole packet, and takes that off."""
    while not (taken := take_packet(received)):
        more = connection.recv(65536)
        if not more:
            raise ConnectionResetError("the server closed the connection")
        received += more
    return taken


class Refused(Exception):
    """The server refused a connection or a message; args[0] is the reason code."""


def connect_paho(address, device: Device, protocol=paho.MQTTv311, password=None) -> paho.Client:
    """Returns a connected client, its loop running. Raises Refused with the CONNACK's reason."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=device.id, protocol=protocol)
    client.username_pw_set(device.username, device.password if password is None else password)
    reasons = collections.deque(maxlen=1)
    client.on_connect = lambda _c, _u, _f, reason, properties: reasons.append((reason, properties))
    client.connect(*address, keepalive=30)
    while not reasons and client.loop(timeout=1) == paho.MQTT_ERR_SUCCESS:
        pass
    if not reasons or reasons[0][0].is_failure:
        raise Refused(reasons[0][0] if reasons else "closed without an answer")
    client.connack_properties = reasons[0][1]
    client.loop_start()
    return client


def publish_paho(client: paho.Client, topic: str, payload: str) -> None:
    """Publishes at QoS 1 and returns when the PUBACK is there; raises Refused where it says no."""
    reasons = collections.deque(maxlen=1)
    client.on_publish = lambda _c, _u, _mid, reason, _properties: reasons.append(reason)
    sent = client.publish(topic, payload, qos=1)
    sent.wait_for_publish(ANSWER_WITHIN_S)
    if not sent.is_published():
        raise Refused("no acknowledgement")
    if reasons and reasons[0].is_failure:
        raise Refused(reasons[0])


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def packet(kind: int, flags: int, body: bytes) -> bytes:
    """Returns a control packet; the length is in 7-bit groups, low one first (section 2.2.3)."""
    length, left = bytearray(), len(body)
    while True:
        left, low = divmod(left, 128)
        length.append(low | (0x80 if left else 0))
        if not left:
            return bytes([kind << 4 | flags]) + bytes(length) + body


class BareClient:
    """One connection with a window of unacknowledged QoS 1 messages."""

    def __init__(self, address, device: Device):
        self.socket = socket.create_connection(address, timeout=ANSWER_WITHIN_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        flags = 0x80 | 0x40 | 0x02  # user name, password, clean session
        body = text("MQTT") + bytes([4, flags]) + struct.pack(">H", 60)
        body += text(device.id) + text(device.username) + text(device.password)
        self.socket.sendall(packet(CONNECT, 0, body))
        kind, answer = self.read_packet()
        if kind != CONNACK or answer[1] != 0:
            raise Refused(answer[1])

    def publish(self, packet_id: int, topic: str, payload: str, again: bool = False) -> None:
        body = text(topic) + struct.pack(">H", packet_id) + payload.encode()
        self.socket.sendall(packet(PUBLISH, 0x08 * again | 0x02, body))

    def read_puback(self) -> int:
        """Returns the packet id of the next PUBACK. Raises OSError when the connection ends."""
        kind, body = self.read_packet()
        if kind != PUBACK:
            raise Refused(f"packet of type {kind} in place of PUBACK")
        return struct.unpack(">H", body[:2])[0]

    def read_packet(self) -> tuple[int, bytes]:
        return next_packet(self.socket, self._received)

    def close(self) -> None:
        self.socket.close()


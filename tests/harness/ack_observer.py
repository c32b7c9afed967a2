# SPDX-License-Identifier: Apache-2.0
"""A gateway in a process of its own that publishes without end and keeps what was acknowledged.

usage: ack_observer.py HOST PORT VEHICLE,... WINDOW   with the device as JSON, a line on stdin

Each vehicle's messages carry rising sequence numbers. What is not acknowledged when a connection
ends is sent again, in order, on the next one. Prints the number of acknowledgements after every
hundred; when stdin ends it sends nothing new, waits for what is out, and prints {vehicle: highest
acknowledged}.
"""

import collections
import itertools
import json
import pathlib
import select
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.lake import Device  # noqa: E402
from harness.mqtt import BareClient, Refused, vss_payload  # noqa: E402

CONNECTED_WITHIN_S = 60
TOLD_EVERY = 100
PACKET_IDS = 65535


class Observer:
    def __init__(self, address, device: Device, vehicles: list[str], window: int):
        self.address, self.device, self.window = address, device, window
        self.acked = dict.fromkeys(vehicles, 0)
        self.count = 0
        self._unacked = collections.deque()  # (packet id, vehicle, sequence), oldest first
        self._next = zip(itertools.count(), itertools.cycle(vehicles))
        self._sequences = collections.Counter()

    def run(self) -> None:
        finishing = False
        while not (finishing and not self._unacked):
            client = self._connect()
            try:
                for message in self._unacked:
                    self._send(client, message, again=True)
                while not (finishing and not self._unacked):
                    finishing = finishing or stdin_ended()
                    while not finishing and len(self._unacked) < self.window:
                        self._send_new(client)
                    self._take_ack(client.read_puback())
            except OSError:
                pass  # killed: the next connection goes on
            finally:
                client.close()

    def _connect(self) -> BareClient:
        deadline = time.monotonic() + CONNECTED_WITHIN_S
        while True:
            try:
                return BareClient(self.address, self.device)
            except (OSError, Refused):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)  # between two tries of a peer that is starting, not a wait for it

    def _send_new(self, client: BareClient) -> None:
        number, vehicle = next(self._next)
        self._sequences[vehicle] += 1
        message = (number % PACKET_IDS + 1, vehicle, self._sequences[vehicle])
        self._unacked.append(message)
        self._send(client, message, again=False)

    def _send(self, client: BareClient, message, again: bool) -> None:
        packet_id, vehicle, seq = message
        # The device time follows from the sequence: a message sent again has the same bytes.
        hours, rest = divmod(seq, 3_600_000)
        minutes, millis = divmod(rest, 60_000)
        ts = f"2026-03-02T{hours:02}:{minutes:02}:{millis // 1000:02}.{millis % 1000:03}Z"
        payload = vss_payload(seq, ts, speed=seq % 200)
        client.publish(packet_id, f"vehicles/{vehicle}/telemetry", payload, again)

    def _take_ack(self, packet_id: int) -> None:
        expected, vehicle, seq = self._unacked.popleft()
        if packet_id != expected:
            sys.exit(f"PUBACK for {packet_id}, the oldest unacknowledged is {expected}")
        self.acked[vehicle] = seq
        self.count += 1
        if self.count % TOLD_EVERY == 0:
            print(self.count, flush=True)


def stdin_ended() -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(readable) and not sys.stdin.read(1)


def main() -> None:
    host, port, vehicles, window = sys.argv[1:]
    device = Device(**json.loads(sys.stdin.readline()))
    observer = Observer((host, int(port)), device, vehicles.split(","), int(window))
    observer.run()
    print(json.dumps(observer.acked), flush=True)


if __name__ == "__main__":
    main()

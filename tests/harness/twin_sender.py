# SPDX-License-Identifier: Apache-2.0
"""A permitted gateway in a process of its own that publishes while others attack.

usage: twin_sender.py HOST PORT VEHICLE   with the device as JSON, a line on stdin

Sends one QoS 1 message after the other, each when the one before is acknowledged. For every
further line on stdin it prints {"acked": n, "slowest_ms": x} of the time since the last one; ends
with stdin.
"""

import json
import pathlib
import select
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.lake import Device  # noqa: E402
from harness.mqtt import BareClient, vss_payload  # noqa: E402

PACE_S = 0.02  # between two messages: it is the attack that is to be measured, not the load


def main() -> None:
    host, port, vehicle = sys.argv[1:]
    client = BareClient((host, int(port)), Device(**json.loads(sys.stdin.readline())))
    seq, acked, slowest = 0, 0, 0.0
    while True:
        asked, _, _ = select.select([sys.stdin], [], [], PACE_S)
        if asked:
            if not sys.stdin.readline():
                return
            print(json.dumps({"acked": acked, "slowest_ms": 1000 * slowest}), flush=True)
            acked, slowest = 0, 0.0
        seq += 1
        begun = time.monotonic()
        payload = vss_payload(seq, "2026-03-02T08:00:00.000Z", speed=seq % 200)
        client.publish(seq % 65535 + 1, f"vehicles/{vehicle}/telemetry", payload)
        client.read_puback()
        acked, slowest = acked + 1, max(slowest, time.monotonic() - begun)


if __name__ == "__main__":
    main()

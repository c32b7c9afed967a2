#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From publish to visible in SQL, while 20,000 messages a second come in."""

import json
import time

import proof
from served import SIGNALS, PinnedLake  # before harness: it says where that lies
from harness.mqtt import BareClient, vss_payload  # noqa: I001

PROBES = 100
RATE = 20_000
SECONDS = 150


def probe(lake, client: BareClient, vehicle: str, number: int) -> float:
    """Returns the seconds from a publish to the first SELECT that shows it."""
    begun = time.time()
    ts = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(begun))
    client.publish(
        number % 65535 + 1, f"vehicles/{vehicle}/telemetry", vss_payload(number, ts, speed=1)
    )
    client.read_puback()
    seen = f"SELECT count(*) FROM {SIGNALS} WHERE vehicle_id = '{vehicle}' AND seq = {number}"
    while int(lake.owner.value(seen)) == 0:
        assert time.time() - begun < 60, "a row did not show in 60 s"
    return time.time() - begun


def main() -> None:
    with PinnedLake() as pinned:
        lake = pinned.lake
        device = lake.device("PROBE")
        load = pinned.start_load(connections=100, window=50, rate=RATE, seconds=SECONDS)
        client = BareClient(lake.server.address("mqtt"), device)
        spans = sorted(probe(lake, client, device.id, number) for number in range(1, PROBES + 1))
        client.close()
        assert load.poll() is None, "the load ended before the last probe"
        told, _ = load.communicate()
        rate = json.loads(told)["acks_per_s"]
        assert rate >= 0.95 * RATE, f"the load came to {rate:,.0f}/s alone"
    p99 = spans[int(0.99 * len(spans))]
    note = f"{PROBES} probes at {rate:,.0f}/s; median {spans[len(spans) // 2]:.2f} s"
    proof.report("freshness.p99", p99, "<= 5", "s", note)


if __name__ == "__main__":
    with proof.machine_noted():
        main()

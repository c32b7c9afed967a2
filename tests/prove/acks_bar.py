#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""QoS 1 acknowledgements a second after the sync, beside the same server without syncs."""

import proof
from served import PinnedLake

ROUNDS = 5
# Events, which the log keeps and no table takes: the ack's own cost.
EVENTS = "vehicles/load-{v}/event"
MANY = {"connections": 100, "window": 50, "payload": 256, "seconds": 5, "topic": EVENTS}
WIDE = {**MANY, "connections": 1000, "window": 10}


def main() -> None:
    synced, unsynced, wide, cost = [], [], [], []
    for _ in range(ROUNDS):
        with PinnedLake() as lake:
            told = lake.load(**MANY)
            synced.append(told["acks_per_s"])
            cost.append(told["server_us_per_message"])
            wide.append(lake.load(**WIDE)["acks_per_s"])
        with PinnedLake(sync=False) as lake:
            unsynced.append(lake.load(**MANY)["acks_per_s"])
    figure, note = proof.median_and_spread(synced)
    cpu, _ = proof.median_and_spread(cost)
    proof.report("acks.per_s", figure, ">= 1500000", "1/s", f"{note}; {cpu:.2f} us of CPU each")
    ratios = [with_sync / without for with_sync, without in zip(synced, unsynced)]
    ratio, note = proof.median_and_spread(ratios)
    proof.report("acks.of_unsynced", ratio, ">= 0.6", "ratio", note)
    figure, note = proof.median_and_spread(wide)
    proof.report("acks.1000_connections", figure, ">= 600000", "1/s", note)
    half = proof.median_and_spread(synced)[0] / 2
    late = []
    for _ in range(ROUNDS):
        with PinnedLake() as lake:
            late.append(lake.load(**MANY, rate=half)["p99_ms"])
    figure, note = proof.median_and_spread(late)
    proof.report("acks.p99_at_half_load", figure, "<= 10", "ms", f"{note}; at {half:,.0f}/s")


if __name__ == "__main__":
    with proof.machine_noted():
        main()

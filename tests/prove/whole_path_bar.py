#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Parse, dedupe, log and table: messages a second of one core, from socket to row."""

import time

import proof
from served import PinnedLake

ROUNDS = 5
SECONDS = 10
VEHICLES = 100_000
LOAD = {"connections": 100, "window": 200, "payload": 256, "vehicles": VEHICLES}


def main() -> None:
    rates, cost = [], []
    for _ in range(ROUNDS):
        with PinnedLake() as lake:
            # Vehicles are registered once, at their first message.
            known = lake.load(**LOAD, seconds=1)["acked"]
            lake.await_derived(known)
            before, begun = lake.cpu_seconds(), time.monotonic()
            told = lake.load(**LOAD, seconds=SECONDS)
            lake.await_derived(known + told["acked"])
            whole = time.monotonic() - begun
            spent = lake.cpu_seconds() - before
            stored = int(lake.lake.owner.value("SELECT sum(stored) FROM system.conservation"))
            stored -= known
            assert stored == told["acked"], (stored, told)
            rates.append(stored / whole)
            cost.append(1e6 * spent / stored)
    figure, note = proof.median_and_spread(rates)
    cpu, _ = proof.median_and_spread(cost)
    note += f"; {VEHICLES:,} vehicles, until the last row; {cpu:.2f} us of CPU each"
    proof.report("whole_path.per_s", figure, ">= 400000", "1/s", note)


if __name__ == "__main__":
    with proof.machine_noted():
        main()

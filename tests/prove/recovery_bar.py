#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Killed with a million records in unsealed segments: how long until SQL answers again."""

import time

import proof
from served import SIGNALS, PinnedLake

ROUNDS = 3
RECORDS = 1_000_000
# One writer and one large segment, so that nothing is sealed before the kill.
OPTIONS = ("-X", "log.writers=1", "-X", "log.data_segment_size=1GiB")


def main() -> None:
    spans, counts = [], []
    for _ in range(ROUNDS):
        with PinnedLake(*OPTIONS) as pinned:
            lake, acked = pinned.lake, 0
            while acked < RECORDS:
                # Four seconds and the warm-up before them: a little above a million.
                told = pinned.load(connections=100, window=100, seconds=4, rate=RECORDS // 4)
                acked += told["acked"]
            lake.server.kill()
            begun = time.monotonic()
            pinned.start_again()
            lake.owner.value(f"SELECT count(*) FROM {SIGNALS}")
            spans.append(time.monotonic() - begun)
            counts.append(acked)
    figure, note = proof.median_and_spread(spans)
    note += f"; {min(counts):,} to {max(counts):,} records in one segment of 1 GiB"
    proof.report("recovery.first_answer", figure, "<= 2", "s", note)


if __name__ == "__main__":
    with proof.machine_noted():
        main()

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
    spans = []
    for _ in range(ROUNDS):
        with PinnedLake(*OPTIONS) as pinned:
            lake, acked = pinned.lake, 0
            while acked < RECORDS:
                acked += pinned.load(connections=100, window=100, seconds=3)["acked"]
            lake.server.kill()
            begun = time.monotonic()
            lake.server.start()
            lake.owner.value(f"SELECT count(*) FROM {SIGNALS}")
            spans.append(time.monotonic() - begun)
    figure, note = proof.median_and_spread(spans)
    note += f"; {RECORDS:,} records or more"
    proof.report("recovery.first_answer", figure, "<= 2", "s", note)


if __name__ == "__main__":
    main()

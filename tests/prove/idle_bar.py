#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Resident memory of a connection that does nothing."""

import resource
import time

import proof
from served import PinnedLake

CONNECTIONS = 10_000


def connected(lake) -> int:
    return int(lake.lake.admin.json("status")["mqtt"]["connections"])


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with PinnedLake() as lake:
        lake.load(connections=10, window=1, seconds=1)  # what is made once is made now
        before = lake.resident_bytes()
        idle = lake.start_load(connections=CONNECTIONS, idle=20)
        deadline = time.monotonic() + 60
        while connected(lake) < CONNECTIONS:
            assert time.monotonic() < deadline, f"{connected(lake)} are connected after 60 s"
        each = (lake.resident_bytes() - before) / CONNECTIONS
        idle.kill()
        idle.wait()
    proof.report("idle.resident", each, "<= 4096", "bytes", f"{CONNECTIONS:,} connections")


if __name__ == "__main__":
    main()

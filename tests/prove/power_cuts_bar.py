#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten thousand power cuts over log, tables and meta store: what was acknowledged is there, once."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import proof

SEEDS = 10_000
# The rooms that keep something, and the tests of each that cut the power; the longest first.
TESTS = [
    *(("prepare", f"*CrashTest.*/{part}") for part in range(4)),
    ("catalog", "*PowerCut*"),
    ("log", "PowerCutTest.*"),
    ("store", "*PowerCut*:*PowerGoes*"),
]


def failures(room: str, tests: str) -> tuple[int, int]:
    """Returns how many tests of a room ran and how many of them failed."""
    told = subprocess.run(
        [proof.RELEASE / "bin" / f"{room}_test", f"--gtest_filter={tests}", "--gtest_brief=1"],
        env=os.environ | {"MOBILAKE_SEEDS": str(SEEDS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    ran = re.search(r"(\d+) tests? from .* ran\. \((\d+) ms", told.stdout)
    assert ran and int(ran[1]) > 0, f"{room}: no test ran to its end:\n{told.stdout[-2000:]}"
    failed = re.search(r"(\d+) FAILED TESTS?", told.stdout)
    failed = int(failed[1]) if failed else int(told.returncode != 0)
    if failed:
        print(told.stdout[-4000:])
    proof.say(f"{room}: {ran[1]} tests in {int(ran[2]) / 1e3:.0f} s, {failed} failed")
    return int(ran[1]), failed


def main() -> None:
    rooms = sorted({room for room, _ in TESTS})
    for room in rooms:
        proof.built(f"{room}_test")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda test: failures(*test), TESTS))
    note = f"{SEEDS:,} seeds; {sum(ran for ran, _ in outcomes)} tests of {', '.join(rooms)}"
    proof.report("power_cuts.failed", sum(bad for _, bad in outcomes), "= 0", "tests", note)


if __name__ == "__main__":
    main()

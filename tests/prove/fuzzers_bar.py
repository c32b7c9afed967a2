#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each fuzz target for a minute, under ASan and UBSan: inputs that break a parser."""

import re
import subprocess

import proof

SECONDS = 60


def targets() -> list[str]:
    return sorted(path.stem for path in (proof.ROOT / "src").glob("**/fuzz/*_fuzz.cc"))


def search(target: str) -> tuple[int, bool]:
    """Runs one target; returns how many inputs it tried and whether it found nothing."""
    told = subprocess.run(
        [proof.ROOT / "dev", "fuzz", target, str(SECONDS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", told.stdout)
    clean = told.returncode == 0 and tried is not None
    if not clean:
        print(told.stdout[-4000:])
    tries = int(tried[1]) if tried else 0
    proof.say(f"{target}: {tries:,} inputs, {'clean' if clean else 'A FINDING'}")
    return tries, clean


def main() -> None:
    names = targets()
    outcomes = [search(name) for name in names]
    findings = sum(not clean for _, clean in outcomes)
    note = f"{len(names)} targets, {SECONDS} s each, {sum(tries for tries, _ in outcomes):,} inputs"
    proof.report("fuzzers.findings", findings, "= 0", "targets", note)


if __name__ == "__main__":
    main()

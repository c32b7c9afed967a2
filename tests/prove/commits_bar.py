#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A day of commits at one each two seconds: what the last ones cost beside the hundredth."""

import json
import os
import subprocess

import proof

COMMITS = 43_200
METADATA_MAX_BYTES = 2 << 20


def rounds() -> list[dict]:
    """Runs the native program, on the disk of the build folder."""
    words = [proof.built("commit_day_bench"), str(COMMITS)]
    environment = os.environ | {"TMPDIR": str(proof.ROOT / "build")}
    told = []
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as program:
        for line in program.stdout:
            told.append(json.loads(line))
            proof.say(
                "commit p99 {young_commit_p99_ms:.2f} -> {old_commit_p99_ms:.2f} ms, planning p99 "
                "{young_plan_p99_ms:.3f} -> {old_plan_p99_ms:.3f} ms, p50 {young_plan_p50_ms:.3f} "
                "-> {old_plan_p50_ms:.3f} ms".format(**told[-1])
            )
    assert program.returncode == 0, "the program failed"
    return told


def growth(told: list[dict], what: str) -> tuple[float, str]:
    """Returns how many times the young table's cost the old one's is, with both in milliseconds."""
    ratio, note = proof.median_and_spread(
        [turn[f"old_{what}_p99_ms"] / turn[f"young_{what}_p99_ms"] for turn in told]
    )
    young, _ = proof.median_and_spread([turn[f"young_{what}_p99_ms"] for turn in told])
    old, _ = proof.median_and_spread([turn[f"old_{what}_p99_ms"] for turn in told])
    return ratio, f"{note}; p99 {young:.3g} ms at 100, {old:.3g} ms at {COMMITS:,}"


def main() -> None:
    told = rounds()
    ratio, note = growth(told, "commit")
    rate = told[0]["per_s"]
    proof.report("commits.p99_growth", ratio, "<= 2", "times", f"{note}; {rate} commits/s")
    ratio, note = growth(told, "plan")
    proof.report("commits.planning_growth", ratio, "<= 2", "times", note)
    size = max(turn["metadata_bytes"] for turn in told)
    proof.report("commits.metadata", size, f"<= {METADATA_MAX_BYTES}", "bytes", "metadata.json")


if __name__ == "__main__":
    main()

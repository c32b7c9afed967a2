#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The log's synced appends beside raw synced overwrites of the same disk, and its replay."""

import json
import os
import subprocess

import proof

ROUNDS = 5
SIZES = {"64 KiB": 64 << 10, "1 MiB": 1 << 20}


def bytes_per_second(job: str) -> float:
    """Runs one job of log_bench on the disk of the build folder."""
    words = [proof.built("log_bench"), f"--benchmark_filter=^{job}$", "--benchmark_format=json"]
    told = subprocess.run(
        words,
        env=os.environ | {"TMPDIR": str(proof.ROOT / "build")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    result = json.loads(told.stdout)["benchmarks"][0]
    assert not result.get("error_occurred"), result
    return result["bytes_per_second"]


def appends(name: str, size: int) -> None:
    ratios, speeds = [], []
    for _ in range(ROUNDS):
        raw = bytes_per_second(f"raw_disk_direct/{size}/real_time")
        log = bytes_per_second(f"log_append_and_sync/{size}/real_time")
        ratios.append(log / raw)
        speeds.append(log)
        proof.say(f"{name} a sync: log {log / 1e6:,.0f} MB/s, disk {raw / 1e6:,.0f} MB/s")
    ratio, note = proof.median_and_spread(ratios)
    speed, _ = proof.median_and_spread(speeds)
    note += f"; {speed / 1e6:,.0f} MB/s; beside O_DIRECT overwrites with fdatasync, in turns"
    proof.report(f"log_disk.{name.replace(' ', '_').lower()}", ratio, ">= 0.8", "ratio", note)


def main() -> None:
    for name, size in SIZES.items():
        appends(name, size)
    speeds = [bytes_per_second("replay_in_file_order/real_time") / 1e9 for _ in range(ROUNDS)]
    speed, note = proof.median_and_spread(speeds)
    note += "; from the disk, past the page cache"
    proof.report("log_disk.replay", speed, ">= 1", "GB/s", note)


if __name__ == "__main__":
    main()

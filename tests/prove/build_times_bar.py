#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the presets build with an empty compiler cache."""

import os
import pathlib
import subprocess
import tempfile
import time

import proof

# minutes, from STYLE.md
GOALS = {"release": 12, "dev": 12}


def cold_build_minutes(preset: str, folder: pathlib.Path) -> float:
    environment = os.environ | {"CCACHE_DIR": str(folder / "ccache")}
    build = folder / preset
    subprocess.run(
        ["cmake", "--preset", preset, "-B", build],
        cwd=proof.ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    begun = time.monotonic()
    subprocess.run(["ninja", "-C", build], env=environment, check=True, stdout=subprocess.DEVNULL)
    return (time.monotonic() - begun) / 60


def main() -> None:
    for preset, minutes in GOALS.items():
        with tempfile.TemporaryDirectory() as folder:
            taken = cold_build_minutes(preset, pathlib.Path(folder))
        proof.report(
            f"build.{preset}",
            taken,
            f"<= {minutes}",
            "min",
            f"{os.cpu_count()} cores, empty ccache",
        )


if __name__ == "__main__":
    main()

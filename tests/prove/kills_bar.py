#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""200 SIGKILLs under load: what was acknowledged is there, once and in order."""

import pathlib
import sys
import tempfile

import proof

sys.path.insert(0, str(proof.ROOT / "tests"))
from harness.durability import kill_under_load  # noqa: E402
from harness.lake import Lake  # noqa: E402

KILLS = 200


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(pathlib.Path(folder), "-X", "prepare.checkpoint_records=500")
        try:
            outcome = kill_under_load(lake, KILLS, seed=1)
        finally:
            lake.close()
    note = f"{KILLS} kills, {outcome.acked:,} acknowledged"
    for what in ("lost", "duplicated", "reordered"):
        proof.report(f"kills.{what}", getattr(outcome, what), "= 0", "messages", note)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bars and harness measure the same build; a figure is noted with what the machine gave."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import unittest

PROVE = pathlib.Path(__file__).resolve().parents[1]
ROOT = PROVE.parents[1]
sys.path.insert(0, str(PROVE))
import proof  # noqa: E402

PROBED = ("read_ns", "copy_gb_per_s", "message_ns", "step_ns")
PLACES = "import os, proof; print(proof.RELEASE); print(os.environ['MOBILAKE_BIN'])"


def places(**variables: str) -> list[str]:
    """Returns where a bar finds its programs, and where the harness finds the server."""
    told = subprocess.run(
        [sys.executable, "-B", "-c", PLACES],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROVE), **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return told.stdout.split()


class ProofTest(unittest.TestCase):
    def test_the_release_build_is_measured_unless_another_is_named(self):
        release = ROOT / "build" / "release"
        self.assertEqual(places(), [str(release), f"{release}/bin/mobilake"])
        self.assertEqual(places(MOBILAKE_RELEASE="/else"), ["/else", "/else/bin/mobilake"])

    def test_a_relative_folder_counts_from_the_root(self):
        other = ROOT / "build" / "other"
        told = places(MOBILAKE_RELEASE="build/other")
        self.assertEqual(told, [str(other), f"{other}/bin/mobilake"])

    def test_no_other_server_is_measured_beside_the_programs_of_the_build(self):
        told = places(MOBILAKE_RELEASE="/else", MOBILAKE_BIN="/stale/mobilake")
        self.assertEqual(told[1], "/else/bin/mobilake")

    def test_figures_are_noted_with_the_median_of_the_machine_before_and_after(self):
        looks = [
            {"read_ns": 100, "copy_gb_per_s": 8, "message_ns": 1000, "step_ns": 0.3},
            {"read_ns": 140, "copy_gb_per_s": 10, "message_ns": 2000, "step_ns": 0.34},
        ]
        words = "machine: 120 ns/read, 9.0 GB/s copy, 1.50 us/message, 0.32 ns/step"
        proof.look_at_machine, keep = lambda: looks.pop(0), proof.look_at_machine
        self.addCleanup(setattr, proof, "look_at_machine", keep)
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            with proof.machine_noted():
                proof.report("a", 1, ">= 1", "1/s", "median")
                proof.report("b", 1, "<= 0", "s")
            proof.report("c", 1, ">= 1", "1/s", "alone")
        rows = [json.loads(line) for line in told.getvalue().splitlines()]
        self.assertEqual([row["note"] for row in rows], [f"median; {words}", words, "alone"])
        self.assertEqual([row["passed"] for row in rows], [True, False, True])

    def test_figures_that_stand_are_told_although_the_bar_fails_later(self):
        proof.look_at_machine, keep = lambda: dict.fromkeys(PROBED, 1), proof.look_at_machine
        self.addCleanup(setattr, proof, "look_at_machine", keep)
        told = io.StringIO()
        with contextlib.redirect_stdout(told), self.assertRaises(ZeroDivisionError):
            with proof.machine_noted():
                proof.report("a", 1, ">= 1", "1/s")
                _ = 1 / 0
        self.assertEqual(json.loads(told.getvalue())["bar"], "a")


if __name__ == "__main__":
    unittest.main()

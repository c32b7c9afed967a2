#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The probe's figures are there, are possible, and come soon.

usage: machine_probe_test.py PROGRAM
"""

import json
import os
import subprocess
import sys
import time
import unittest

# Wider than any machine, and than a sanitizer makes one.
POSSIBLE = {
    "read_ns": (1, 10_000),
    "copy_gb_per_s": (0.05, 1_000),
    "message_ns": (50, 1_000_000),
    "step_ns": (0.05, 100),
}


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True)


class MachineProbeTest(unittest.TestCase):
    def test_every_figure_is_there_and_possible_within_seconds(self):
        core, begun = min(os.sched_getaffinity(0)), time.monotonic()
        told = run(str(core))
        self.assertEqual(told.returncode, 0, told.stderr)
        figures = json.loads(told.stdout)
        self.assertEqual(set(figures), set(POSSIBLE))
        for name, (smallest, largest) in POSSIBLE.items():
            self.assertTrue(smallest < figures[name] < largest, f"{name}: {figures[name]}")
        self.assertLess(time.monotonic() - begun, 30)

    def test_a_core_that_is_not_there_is_an_error(self):
        for word in ("1023", "-1", "x", "0x"):
            told = run(word)
            self.assertEqual((told.returncode, told.stdout), (2, ""))
            self.assertIn(f"no core '{word}'", told.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()

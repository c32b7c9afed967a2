#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bars and the harness that they use measure the same build."""

import os
import pathlib
import subprocess
import sys
import unittest

PROVE = pathlib.Path(__file__).resolve().parents[1]
ROOT = PROVE.parents[1]
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


if __name__ == "__main__":
    unittest.main()

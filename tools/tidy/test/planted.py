# SPDX-License-Identifier: Apache-2.0
"""A small made-up tree in a temporary folder, for tests that plant a fault in it."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tree  # noqa: E402

ROOMS = """# floor room sentence
ground  base    What every room may use.
ground  model   The words of the domain.
place   store   Where state rests.
place   query   Turns SQL into a plan.
stage   ingest  Takes data in.
stage   rules   Runs actions. (planned)
stage   serve   Gives data out.
roof    server  Wires the rooms.
roof    cli     The command.
"""
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"


class PlantedTest(unittest.TestCase):
    """Gives each test an own tree: write() fills it, findings() asks the check about it."""

    check = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("src/ROOMS", ROOMS)

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def write_cpp(self, path: str, text: str = "") -> None:
        self.write(path, LICENCE + text)

    def findings(self, arguments=None) -> list[str]:
        return type(self).check(tree.Tree(self.root), arguments)

    def assert_clean(self, arguments=None) -> None:
        self.assertEqual(self.findings(arguments), [])

    def assert_finds(self, *words: str, arguments=None) -> None:
        """Asserts that there is one finding and that it holds all `words`."""
        found = self.findings(arguments)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

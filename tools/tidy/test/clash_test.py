# SPDX-License-Identifier: Apache-2.0
import argparse
import pathlib
import subprocess
import tempfile
import unittest

import planted  # noqa: F401 (sets the path)

import clash


class ClashTest(unittest.TestCase):
    """Builds libraries and a program that loads them, with names that do and do not clash."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def compile(self, source: str, *words: str) -> None:
        subprocess.run(
            ["g++", "-x", "c++", "-", *words], cwd=self.root, input=source, text=True, check=True
        )

    def findings(self, first: str, second: str) -> list[str]:
        self.compile(first, "-shared", "-fPIC", "-o", "libfirst.so")
        self.compile(second, "-shared", "-fPIC", "-o", "libsecond.so")
        self.compile(
            "int main() {}\n",
            "-Wl,--no-as-needed",
            "-L.",
            "-lfirst",
            "-lsecond",
            f"-Wl,-rpath,{self.root}",
            "-o",
            "program",
        )
        return clash.check(None, argparse.Namespace(binary=self.root / "program"))

    def test_finds_a_symbol_that_two_libraries_define(self):
        found = self.findings(
            "int shared_name() { return 1; }\n", "int shared_name() { return 2; }\n"
        )
        self.assertEqual(len(found), 1, found)
        for word in ("libfirst.so", "libsecond.so", "shared_name"):
            self.assertIn(word, found[0])

    def test_accepts_names_that_differ_are_weak_or_hidden(self):
        hidden = '__attribute__((visibility("hidden"))) int secret() { return 1; }\n'
        weak = "__attribute__((weak)) int weak_name() { return 1; }\n"
        mine = "int {}() {{ return 1; }}\n"
        found = self.findings(
            mine.format("first") + hidden + weak, mine.format("second") + hidden + weak
        )
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()

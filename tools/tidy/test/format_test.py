# SPDX-License-Identifier: Apache-2.0
import unittest

import planted
import tree

import format


class FormatTest(planted.PlantedTest):
    check = staticmethod(format.check)

    def setUp(self):
        super().setUp()
        self.write(".clang-format", (tree.ROOT / ".clang-format").read_text())

    def test_finds_a_file_that_is_not_formatted(self):
        self.write_cpp("src/base/right.h", "int f();\n")
        self.assert_clean()
        self.write_cpp("src/base/wrong.h", "int   f( ) ;\n")
        self.assert_finds("src/base/wrong.h:2", "clang-format")

    def test_finds_an_empty_tree(self):
        self.assert_finds("no C++ file")


if __name__ == "__main__":
    unittest.main()

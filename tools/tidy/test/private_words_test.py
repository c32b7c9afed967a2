# SPDX-License-Identifier: Apache-2.0
import unittest

import planted
import tree

import private_words


class PrivateWordsTest(planted.PlantedTest):
    check = staticmethod(private_words.check)

    def setUp(self):
        super().setUp()
        self.write(private_words.LIST, (tree.ROOT / private_words.LIST).read_text())

    def test_accepts_words_of_the_project(self):
        self.write(
            "README.md", "The session issues a token. See docs/work/plan.md and $HOME/work/.\n"
        )
        self.assert_clean()

    def test_finds_words_that_are_private(self):
        # Taken apart, so that this file does not hold them.
        words = ("/wo" "rk/main", "/tm" "p/w", "/roo" "t/x", "http" "://mirror.x", "Iss" "ue #4")
        for word in words:
            with self.subTest(word):
                self.write("README.md", f"fine\nsee {word} there\n")
                self.assert_finds("README.md:2")

    def test_leaves_binary_files_alone(self):
        self.write("data.bin", "\0 /wo" "rk/main")
        self.assert_clean()


if __name__ == "__main__":
    unittest.main()

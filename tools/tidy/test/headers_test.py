# SPDX-License-Identifier: Apache-2.0
import argparse
import unittest

import planted

import headers


class HeadersTest(planted.PlantedTest):
    check = staticmethod(headers.check)

    def setUp(self):
        super().setUp()
        self.arguments = argparse.Namespace(cache=self.root / "build" / "headers")

    def test_finds_a_face_that_needs_another_include_first(self):
        self.write_cpp("src/base/name.h", "#pragma once\n#include <string>\nstd::string name();\n")
        self.assert_clean(self.arguments)
        self.write_cpp("src/base/title.h", "#pragma once\nstd::string title();\n")
        self.assert_finds("src/base/title.h", "does not compile alone", arguments=self.arguments)

    def test_compiles_again_when_an_included_header_changes(self):
        self.write_cpp("src/base/inner.h", "#pragma once\nusing Word = int;\n")
        self.write_cpp("src/base/outer.h", '#pragma once\n#include "base/inner.h"\nWord word();\n')
        self.assert_clean(self.arguments)
        self.write_cpp("src/base/inner.h", "#pragma once\n")
        self.assert_finds("src/base/outer.h", arguments=self.arguments)

    def test_leaves_private_headers_alone(self):
        self.write_cpp("src/base/inside/private.h", "#pragma once\nUnknown unknown();\n")
        self.assert_clean(self.arguments)


if __name__ == "__main__":
    unittest.main()

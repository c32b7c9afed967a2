# SPDX-License-Identifier: Apache-2.0
import unittest

import planted

import names


class NamesTest(planted.PlantedTest):
    check = staticmethod(names.check)

    def test_accepts_words_of_the_domain(self):
        self.write_cpp(
            "src/store/segment.h", "class Segment;\nstruct IoError {};\nclass Baseline {};\n"
        )
        self.write_cpp("src/store/uncommon_reader.cc")
        self.assert_clean()

    def test_finds_files_that_say_nothing(self):
        for name in ("string_util.h", "test_helpers.cc", "common/types.h", "session_manager.h"):
            with self.subTest(name):
                self.setUp()
                self.write_cpp(f"src/store/{name}")
                self.assert_finds(name, "says nothing")

    def test_finds_types_that_say_nothing(self):
        for name in ("LogManager", "LogImpl", "StringUtils", "HelperOfLog"):
            with self.subTest(name):
                self.write_cpp("src/store/log.h", f"class {name} {{}};\n")
                self.assert_finds(name, "says nothing")

    def test_finds_marked_interfaces(self):
        for declaration in ("class BaseLog {};", "class ILog {};", "struct IStore : Log {};"):
            with self.subTest(declaration):
                self.write_cpp("src/store/log.h", declaration + "\n")
                self.assert_finds("plain noun")

    def test_leaves_comments_alone(self):
        self.write_cpp("src/store/log.h", "// No class LogManager {} here.\n")
        self.assert_clean()

    def test_finds_a_source_without_its_licence_line(self):
        self.write("src/store/log.h", "#pragma once\n")
        self.assert_finds("src/store/log.h", "SPDX")

    def test_takes_the_licence_after_the_interpreter(self):
        self.write(
            "tools/run.py", "#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n"
        )
        self.assert_clean()


if __name__ == "__main__":
    unittest.main()

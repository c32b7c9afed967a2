# SPDX-License-Identifier: Apache-2.0
import unittest

import planted

import sizes

BODY = "  go();\n"


class SizesTest(planted.PlantedTest):
    check = staticmethod(sizes.check)

    def excuse(self, line: str) -> None:
        self.write(sizes.EXCUSES, line + "\n")

    def test_accepts_files_at_the_limits(self):
        self.write("src/base/full.cc", "//\n" * 500)
        self.write("src/base/full.h", "//\n" * 250)
        self.write("src/base/line.h", "/" * 100 + "\n")
        self.write("src/base/body.cc", "void f() {\n" + BODY * 68 + "}\n")
        self.assert_clean()

    def test_finds_a_long_source(self):
        self.write("src/base/long.cc", "//\n" * 501)
        self.assert_finds("src/base/long.cc", "501")

    def test_finds_a_long_header(self):
        self.write("src/base/long.h", "//\n" * 251)
        self.assert_finds("src/base/long.h", "251")

    def test_finds_a_wide_line(self):
        self.write("src/base/wide.h", "\n" + "/" * 101 + "\n")
        self.assert_finds("src/base/wide.h", "line 2")

    def test_finds_a_crowded_folder(self):
        for i in range(21):
            self.write(f"src/base/file_{i}.h", "//\n")
        self.assert_finds("src/base", "21 files")

    def test_finds_a_long_function(self):
        self.write("src/base/body.cc", "\nvoid f(int a) {\n" + BODY * 69 + "}\n")
        self.assert_finds("src/base/body.cc", "line 2", "71")

    def test_finds_a_long_member_function_in_a_namespace(self):
        text = "namespace a {\nclass B {\n int f() const {\n" + BODY * 70 + "}\n};\n}\n"
        self.write("src/base/member.h", text)
        self.assert_finds("src/base/member.h", "line 3", "72")

    def test_finds_a_long_constructor_behind_braced_members(self):
        self.write("src/base/made.cc", "A::A() : a_{1}, b_{2} {\n" + BODY * 70 + "}\n")
        self.assert_finds("src/base/made.cc", "line 1", "72")

    def test_is_not_misled_by_braces_in_text_and_comments(self):
        self.write("src/base/text.cc", 'void f() { a("{", \'{\', R"(}{)"); }  // {\n' + "//\n" * 90)
        self.assert_clean()

    def test_does_not_take_two_short_functions_for_one(self):
        body = "() {\n" + BODY * 40 + "}\n"
        self.write("src/base/two.cc", "void f" + body + "void g" + body)
        self.assert_clean()

    def test_finds_a_long_python_function(self):
        self.write("tools/long.py", "def f():\n" + "    pass\n" * 70)
        self.assert_finds("tools/long.py", "71")

    def test_accepts_what_is_excused_and_no_more(self):
        self.write("src/base/long.cc", "//\n" * 510)
        self.excuse("source src/base/long.cc 510")
        self.assert_clean()
        self.write("src/base/long.cc", "//\n" * 511)
        self.assert_finds("511", "510")

    def test_finds_an_excuse_that_is_larger_than_needed(self):
        self.write("src/base/long.cc", "//\n" * 505)
        self.excuse("source src/base/long.cc 510")
        self.assert_finds("shrank to 505")

    def test_finds_an_excuse_that_is_not_needed(self):
        self.write("src/base/long.cc", "//\n" * 500)
        self.excuse("source src/base/long.cc 510")
        self.assert_finds("needs no excuse")

    def test_finds_an_excuse_for_what_is_not_there(self):
        self.excuse("source src/base/gone.cc 510")
        self.assert_finds("gone.cc is not there")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
import unittest

import planted

import quarantine


class QuarantineTest(planted.PlantedTest):
    check = staticmethod(quarantine.check)

    def setUp(self):
        super().setUp()
        self.write(quarantine.LIST, "sqlite3.h store\nnlohmann/ *\n")

    def test_accepts_an_adapter(self):
        self.write_cpp("src/store/sqlite.cc", "#include <sqlite3.h>\n")
        self.write_cpp("src/store/inside/sqlite.h", "#include <sqlite3.h>\n")
        self.write_cpp("src/serve/answer.cc", "#include <nlohmann/json.hpp>\n")
        self.assert_clean()

    def test_finds_a_heavy_header_in_a_face(self):
        self.write_cpp("src/store/store.h", "#include <sqlite3.h>\n")
        self.assert_finds("src/store/store.h", "sqlite3.h")

    def test_finds_a_heavy_header_in_another_room(self):
        self.write_cpp("src/serve/door.cc", "#include <sqlite3.h>\n")
        self.assert_finds("src/serve/door.cc", "belongs to store")


if __name__ == "__main__":
    unittest.main()

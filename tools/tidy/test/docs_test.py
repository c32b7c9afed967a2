# SPDX-License-Identifier: Apache-2.0
import argparse
import unittest

import planted
import tree

import docs

README = """# A room
Serves step 1. Reads nothing, writes files. Invariants: none is broken. First file to open: it.h.
"""


def drawn_map(rooms) -> str:
    rows = []
    for room in rooms.values():
        planned = " *(planned)*" if room.planned else ""
        rows.append(f"| {room.floor} | `{room.name}/`{planned} | {room.sentence} |\n")
    return "".join(rows)


class DocsTest(planted.PlantedTest):
    check = staticmethod(docs.check)

    def setUp(self):
        super().setUp()
        rooms = tree.Tree(self.root).rooms()
        for room in rooms.values():
            if not room.planned:
                self.write_cpp(f"src/{room.name}/it.h")
                self.write(f"src/{room.name}/README.md", README)
        self.write("ARCHITECTURE.md", drawn_map(rooms))
        for step in range(1, 12):
            self.write(f"docs/steps/{step:02}-step.md", "[the map](../../ARCHITECTURE.md#map)\n")

    def test_accepts_a_tree_that_its_documents_describe(self):
        self.assert_clean()

    def test_finds_a_room_without_readme(self):
        (self.root / "src/store/README.md").unlink()
        self.assert_finds("src/store/README.md", "missing")

    def test_finds_a_readme_that_leaves_something_out(self):
        self.write("src/store/README.md", README.replace("Invariants", "Rules"))
        self.assert_finds("src/store/README.md", "its invariants")

    def test_finds_a_planned_room_with_files(self):
        self.write_cpp("src/rules/rule.h")
        self.write("src/rules/README.md", README)
        self.assert_finds("rules is planned, yet has files")

    def test_finds_a_room_that_is_not_there(self):
        (self.root / "src/serve/README.md").unlink()
        (self.root / "src/serve/it.h").unlink()
        self.assert_finds("serve is not there")

    def test_finds_a_room_that_the_map_lacks(self):
        page = self.root / "ARCHITECTURE.md"
        page.write_text(
            "".join(line for line in page.read_text().splitlines(True) if "`store/`" not in line)
        )
        self.assert_finds("store")

    def test_finds_a_map_with_another_mark_than_the_rooms(self):
        page = self.root / "ARCHITECTURE.md"
        page.write_text(page.read_text().replace(" *(planned)*", ""))
        self.assertEqual(len(self.findings()), 2)

    def test_finds_a_map_in_another_order(self):
        page = self.root / "ARCHITECTURE.md"
        page.write_text("".join(reversed(page.read_text().splitlines(True))))
        self.assert_finds("order")

    def test_finds_a_missing_step_page(self):
        (self.root / "docs/steps/07-step.md").unlink()
        self.assert_finds("step 7")

    def test_finds_a_link_that_leads_nowhere(self):
        self.write(
            "README.md", "`[code](no.md)` [here](ARCHITECTURE.md) [web](https://example.org)\n"
        )
        self.assert_clean()
        self.write("README.md", "[there](docs/nowhere.md)\n")
        self.assert_finds("README.md", "docs/nowhere.md")

    def test_finds_a_generated_page_that_is_out_of_date(self):
        self.write(docs.PAGES, "docs/reference/words.md one two\n")
        arguments = argparse.Namespace(binary="/bin/echo")
        self.write("docs/reference/words.md", "one two\n")
        self.assert_clean(arguments)
        self.write("docs/reference/words.md", "one\n")
        self.assert_finds("docs/reference/words.md", "differs", arguments=arguments)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""The source tree as the house checks see it: files, rooms, C++ text without comments."""

import argparse
import dataclasses
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_OURS = {".git", "build", "node_modules", "__pycache__", ".venv", ".cache", ".pytest_cache"}
PRIVATE_FOLDERS = ("inside", "test", "testkit", "bench", "fuzz")
CPP = (".cc", ".h")
PLANNED = " (planned)"


@dataclasses.dataclass(frozen=True)
class Room:
    """A line of src/ROOMS."""

    floor: str
    name: str
    sentence: str
    planned: bool
    rank: int


class Tree:
    """A checkout, or a small made-up one in a test."""

    def __init__(self, root: pathlib.Path):
        self.root = root.resolve()
        self._files = None

    def files(self) -> list[str]:
        """Returns the paths of all files that are, or could be, committed; sorted."""
        if self._files is None:
            listed = self._from_git() if (self.root / ".git").exists() else self._from_disk()
            self._files = sorted(listed)
        return self._files

    def cpp_files(self) -> list[str]:
        return [f for f in self.files() if f.startswith("src/") and f.endswith(CPP)]

    def text(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def exists(self, path: str) -> bool:
        return (self.root / path).exists()

    def rooms(self) -> dict[str, Room]:
        """Returns the rooms of src/ROOMS in flow order."""
        rooms = {}
        for line in self.text("src/ROOMS").splitlines():
            if line.strip() and not line.startswith("#"):
                floor, name, sentence = line.split(None, 2)
                planned = sentence.endswith(PLANNED)
                rooms[name] = Room(floor, name, sentence.removesuffix(PLANNED), planned, len(rooms))
        return rooms

    def rows(self, path: str) -> list[list[str]]:
        """Returns the words of each line of a list file; `#` begins a comment."""
        lines = (line.split("#", 1)[0].split() for line in self.text(path).splitlines())
        return [words for words in lines if words]

    def _from_git(self) -> list[str]:
        told = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=self.root,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        return [f for f in set(told.split("\0")) if f and (self.root / f).is_file()]

    def _from_disk(self) -> list[str]:
        paths = (p.relative_to(self.root) for p in self.root.rglob("*") if p.is_file())
        return [p.as_posix() for p in paths if not NOT_OURS & set(p.parts)]


def private_folder(path: str) -> str:
    """Returns which private folder of its room a file lies in ("inside", "test", ...), or ""."""
    return next((part for part in path.split("/")[:-1] if part in PRIVATE_FOLDERS), "")


TOKEN = re.compile(
    r'R"(?P<mark>[^()\\ ]*)\((?:.|\n)*?\)(?P=mark)"'
    r"|//(?:[^\n\\]|\\.|\\\n)*"
    r"|/\*(?:.|\n)*?\*/"
    r'|"(?:[^"\\\n]|\\.|\\\n)*"'
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'"
)


def blank_literals(text: str) -> str:
    """Returns C++ text with comments and literals blanked out, line by line as long as before."""
    return TOKEN.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def main(check, description: str, add_arguments=None) -> None:
    """Runs check(tree, arguments), prints what it found, and exits with 1 if that is anything."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    if add_arguments:
        add_arguments(parser)
    arguments = parser.parse_args()
    found = check(Tree(arguments.root), arguments)
    for line in found:
        print(line)
    name = pathlib.Path(sys.argv[0]).stem
    print(f"{name}: {len(found)} findings" if found else f"{name}: clean")
    sys.exit(1 if found else 0)

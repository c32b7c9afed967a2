#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs build/release into a tarball that runs where the project is not installed, and tries it.

In it: bin/mobilake, in lib/ the pinned libraries that it loads and DuckDB's extensions, the systemd
unit, the default configuration, how to install it, and the licences. Libraries of Debian stay with
Debian; the file REQUIRES names them.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "build" / "release" / "bin" / "mobilake"
OUTPUT = ROOT / "build" / "package"


def run(*words, **options) -> str:
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def third_party() -> pathlib.Path:
    return pathlib.Path(
        run("python3", ROOT / "tools" / "fetch_third_party.py", "--print-path").strip()
    )


def version() -> str:
    """Returns the project's version from CMakeLists.txt with the commit."""
    listed = re.search(r"project\(mobilake VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())
    commit = run("git", "rev-parse", "--short", "HEAD", cwd=ROOT).strip()
    return f"{listed[1]}-{commit}"


def loaded_libraries() -> tuple[list[pathlib.Path], list[pathlib.Path]]:
    """Returns the libraries that the binary loads: the pinned ones, and those of the system."""
    told = run("ldd", BINARY)
    if "not found" in told:
        sys.exit(f"package: the binary lacks a library:\n{told}")
    paths = [pathlib.Path(path) for path in re.findall(r"=> (/\S+)", told)]
    pinned = [path for path in paths if path.is_relative_to(third_party())]
    return pinned, [path for path in paths if path not in pinned]


def owning_packages(libraries: list[pathlib.Path]) -> list[str]:
    """Returns the Debian packages that hold `libraries`; dpkg may know them without /usr."""
    packages = set()
    for library in libraries:
        names = (str(library.resolve()), str(library.resolve()).removeprefix("/usr"))
        for name in names:
            told = subprocess.run(
                ["dpkg-query", "-S", name],
                stdout=subprocess.PIPE,
                text=True,
                stderr=subprocess.DEVNULL,
            )
            packages |= {line.rsplit(": ", 1)[0].split(":")[0] for line in told.stdout.splitlines()}
    return sorted(packages)


def copy_file(source: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def fill(folder: pathlib.Path) -> None:
    pinned, of_system = loaded_libraries()
    # Installing gives the binary the search path $ORIGIN/../lib in place of the build's.
    run("cmake", "--install", BINARY.parents[1], "--prefix", folder, "--strip")
    for library in pinned:
        copy_file(library, folder / "lib" / library.name)
        run("strip", "--strip-unneeded", folder / "lib" / library.name)
    shutil.copytree(third_party() / "duckdb-extensions", folder / "lib" / "duckdb-extensions")
    for name in ("mobilake.service", "mobilake.yaml"):
        copy_file(ROOT / "deploy" / name, folder / "etc" / name)
    for name in ("LICENSE", "NOTICE", "CHANGELOG.md"):
        copy_file(ROOT / name, folder / name)
    # The project's own README is for those who have its sources.
    copy_file(ROOT / "deploy" / "INSTALL.md", folder / "README.md")
    copy_file(ROOT / "docs" / "reference" / "third-party.md", folder / "THIRD-PARTY.md")
    copy_file(third_party() / "duckdb" / "LICENSE", folder / "licenses" / "duckdb.txt")
    (folder / "REQUIRES").write_text("\n".join(owning_packages(of_system)) + "\n")


def examine(binary: pathlib.Path, data: pathlib.Path, environment: dict) -> None:
    """Starts the server, asks its doctor and its engine, and stops it."""
    doors = ("--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0")
    with subprocess.Popen(
        [binary, "serve", "--data-dir", data, *doors],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            if not any(line.startswith("ready") for line in server.stdout):
                sys.exit("package: the unpacked server did not become ready")
            reach = {
                "MOBILAKE_SERVER": json.loads((data / "endpoints.json").read_text())["http"],
                "MOBILAKE_TOKEN": (data / "admin.token").read_text().strip(),
            }
            for words in (["doctor"], ["sql", "-c", "SELECT 6 * 7 AS answer", "-o", "csv"]):
                subprocess.run([binary, *words], check=True, env=environment | reach)
        finally:
            server.terminate()
        if server.wait(timeout=10) != 0:
            sys.exit(f"package: the server ended with {server.returncode}")


def attempt(archive: pathlib.Path) -> None:
    """Unpacks `archive` into an empty folder and runs it there with an empty environment."""
    with tempfile.TemporaryDirectory() as place:
        with tarfile.open(archive) as tar:
            tar.extractall(place)
        binary = next(pathlib.Path(place).glob("*/bin/mobilake"))
        environment = {"PATH": "/usr/bin:/bin", "HOME": place}
        outside = [
            path
            for path in re.findall(r"=> (/\S+)", run("ldd", binary, env=environment))
            if str(third_party()) in path
        ]
        if outside:
            sys.exit(f"package: the unpacked binary loads {outside[0]}")
        subprocess.run([binary, "version"], check=True, env=environment, cwd=place)
        examine(binary, pathlib.Path(place) / "data", environment)


def main() -> None:
    if not BINARY.exists():
        sys.exit("package: run ./dev build first")
    name = f"mobilake-{version()}-linux-{os.uname().machine}"
    shutil.rmtree(OUTPUT, ignore_errors=True)
    fill(OUTPUT / name)
    archive = OUTPUT / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(OUTPUT / name, name)
    attempt(archive)
    print(f"{archive.relative_to(ROOT)}: {archive.stat().st_size / 1e6:.0f} MB, unpacked and tried")


if __name__ == "__main__":
    main()

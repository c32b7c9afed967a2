#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches what cmake/third_party.lock names into the cache folder, verified, once.

Prints the folder that holds the unpacked packages. The folder's name carries a hash of the lock and of
the tools that shape its content, so that a changed lock never meets old files; it is made under a
temporary name and renamed when complete, so that an interrupted run leaves nothing half done.
"""
import argparse
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = ROOT / "cmake" / "third_party.lock"
HIDE = ROOT / "tools" / "hide_symbols.py"
ARROW_SONAME = ".so.2600"
# The wheel's libraries carry static copies of OpenSSL, simdjson, re2 and abseil and export them; see
# tools/hide_symbols.py. What libarrow exports over simdjson's types is its own, and libparquet needs it.
LEAKS = {
    "libparquet.so.2600": [r"(?!_Z)", r"_Z(NK?|T[ISV]N)(8simdjson|19simdjson_fast_float)"],
    "libarrow_compute.so.2600": [r"(?!_Z)", r"_Z.*(3re2|4absl)"],
}


def cache_dir() -> pathlib.Path:
    explicit = os.environ.get("MOBILAKE_CACHE")
    if explicit:
        return pathlib.Path(explicit)
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "mobilake"


def lock_rows():
    for line in LOCK.read_text().splitlines():
        line = line.split("#", 1)[0].strip() if line.lstrip().startswith("#") else line.strip()
        if line:
            registry, package, version, sha256, folder = line.split()
            yield registry, package, version, sha256, folder


def key() -> str:
    digest = hashlib.sha256()
    for path in (LOCK, HIDE, pathlib.Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def verify(path: pathlib.Path, sha256: str) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        sys.exit(f"fetch_third_party: {path.name} has SHA-256 {found}, the lock says {sha256}; nothing was installed")


def run(*words: str, cwd=None) -> str:
    return subprocess.run(words, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def fetch_pypi(package: str, version: str, work: pathlib.Path) -> pathlib.Path:
    into = work / package
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "--python-version",
        "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none", "--platform",
        "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64", "-d", str(into), f"{package}=={version}")
    return next(into.glob("*.whl"))


def fetch_npm(package: str, version: str, work: pathlib.Path) -> pathlib.Path:
    into = work / "npm"
    into.mkdir(exist_ok=True)
    run("npm", "pack", "--silent", f"{package}@{version}", cwd=into)
    return next(into.glob("*.tgz"))


def fetch_go(package: str, version: str, work: pathlib.Path) -> pathlib.Path:
    module, inside = package.split(":")
    told = run("go", "mod", "download", "-json", f"{module}@{version}", cwd=work)
    return pathlib.Path(json.loads(told)["Dir"]) / inside


def unpack_arrow(wheel: pathlib.Path, into: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            part = name.removeprefix("pyarrow/")
            header = part.startswith("include/") and not part.startswith("include/arrow/python/")
            library = part.startswith("lib") and part.endswith(ARROW_SONAME) and "/" not in part
            if name == part or name.endswith("/") or not (header or library) or "arrow_python" in part:
                continue
            target = into / ("lib/" + part if library else part)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
    for library, patterns in LEAKS.items():
        run(sys.executable, str(HIDE), str(into / "lib" / library), *patterns)


def unpack_extension(wheel: pathlib.Path, into: pathlib.Path) -> None:
    target = into / "v1.5.5" / "linux_amd64"
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".duckdb_extension"):
                (target / pathlib.PurePath(name).name).write_bytes(archive.read(name))


def unpack_duckdb(archive: pathlib.Path, into: pathlib.Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
        for member, target in (("package/libduckdb.so", "lib/libduckdb.so"), ("package/LICENSE", "LICENSE")):
            (into / target).parent.mkdir(parents=True, exist_ok=True)
            (into / target).write_bytes(tar.extractfile(member).read())


def install(into: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory(dir=into.parent) as scratch:
        work = pathlib.Path(scratch)
        for registry, package, version, sha256, folder in lock_rows():
            print(f"fetching {package} {version}", file=sys.stderr)
            fetch = {"pypi": fetch_pypi, "npm": fetch_npm, "go": fetch_go}[registry]
            archive = fetch(package, version, work)
            verify(archive, sha256)
            target = into / folder
            target.mkdir(parents=True, exist_ok=True)
            if registry == "go":
                (target / "include").mkdir(exist_ok=True)
                shutil.copyfile(archive, target / "include" / archive.name)
            elif registry == "npm":
                unpack_duckdb(archive, target)
            elif package == "pyarrow":
                unpack_arrow(archive, target)
            else:
                unpack_extension(archive, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print-path", action="store_true", help="print where the packages lie or would lie; fetch nothing")
    arguments = parser.parse_args()
    parent = cache_dir() / "third_party"
    place = parent / key()
    if not arguments.print_path and not place.is_dir():
        parent.mkdir(parents=True, exist_ok=True)
        partial = pathlib.Path(tempfile.mkdtemp(prefix=".partial-", dir=parent))
        try:
            install(partial)
            partial.chmod(0o755)
            partial.rename(place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    print(place)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""A file system of 64 MiB of its own for one test, wherever the machine lets one be made.

As root it is mounted. Where that is not allowed (a container), the test is run again in a user
namespace, whose root may mount. Where neither works the test fails: a full disk is no rare case.
"""

import contextlib
import os
import pathlib
import subprocess
import sys

SIZE_BYTES = 64 << 20
INSIDE = "MOBILAKE_IN_NAMESPACE"


def mounted(folder: pathlib.Path) -> bool:
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", folder]
    return subprocess.run(words, capture_output=True).returncode == 0


@contextlib.contextmanager
def small_disk(folder: pathlib.Path):
    """Mounts the file system on `folder`; yields False where only a namespace could."""
    if not mounted(folder):
        assert INSIDE not in os.environ, "a user namespace lets nothing be mounted either"
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", folder], check=True)


def run_in_namespace(test_file: str, test: str) -> None:
    """Runs the test again where mounting is allowed, and fails as it does."""
    words = ["unshare", "--map-root-user", "--mount", sys.executable, "-B", "-m", "pytest", "-q"]
    tests = pathlib.Path(test_file).resolve().parents[1]
    words += ["-p", "no:cacheprovider", "-c", tests / "pytest.ini", f"{test_file}::{test}"]
    told = subprocess.run(words, env={**os.environ, INSIDE: "1"}, capture_output=True, text=True)
    assert told.returncode == 0, (
        "this machine gives no small file system, neither by mount nor in a user namespace, or the "
        f"test failed in it:\n{told.stdout}{told.stderr}"
    )


def free_bytes(folder: pathlib.Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def fill(folder: pathlib.Path) -> pathlib.Path:
    """Takes all that is free, to the last page; returns the file whose removal frees it again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
    return ballast

# SPDX-License-Identifier: Apache-2.0
"""A server on a core of its own, and the load generator on the other."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import proof

sys.path.insert(0, str(proof.ROOT / "tests"))
from harness.lake import SIGNALS, Lake  # noqa: E402, F401

RELEASE = proof.RELEASE
SERVER_CORE, LOAD_CORE = proof.MEASURED_CORE, 1
# A look costs the server's core less than a millisecond.
LOOK_EVERY_S = 0.1
TICKS = os.sysconf("SC_CLK_TCK")


def program(name: str) -> pathlib.Path:
    """Returns a program beside the server, which `./dev prove` builds."""
    path = RELEASE / "bin" / name
    if not path.exists():
        sys.exit(f"{path} is missing: ninja -C {RELEASE} {name}")
    return path


@contextlib.contextmanager
def on_core(core: int):
    """What is started within runs on that core alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class PinnedLake:
    """A Lake whose server runs on one core; `sync=False` leaves its syncs out."""

    def __init__(self, *options: str, sync: bool = True):
        self._folder = tempfile.TemporaryDirectory(dir=proof.ROOT / "build")
        preload = os.environ.get("LD_PRELOAD")
        if not sync:
            os.environ["LD_PRELOAD"] = str(RELEASE / "lib" / "libmobilake_no_sync.so")
        try:
            with on_core(SERVER_CORE):
                self.lake = Lake(pathlib.Path(self._folder.name), *options)
        finally:
            if preload is None:
                os.environ.pop("LD_PRELOAD", None)
            else:
                os.environ["LD_PRELOAD"] = preload
        self.gateways = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lake.close()
        self._folder.cleanup()

    def start_again(self) -> None:
        """Requires: the server was killed or stopped."""
        with on_core(SERVER_CORE):
            self.lake.server.start()

    @property
    def pid(self) -> int:
        return self.lake.server.process.pid

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_bytes(self) -> int:
        pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def load(self, **options) -> dict:
        """Runs the generator and returns its figures, with the server's CPU per message."""
        process = self.start_load(**options)
        before = self.cpu_seconds()
        told, _ = process.communicate()
        assert process.returncode == 0, "the load generator failed"
        figures = json.loads(told)
        figures["server_us_per_message"] = (
            1e6 * (self.cpu_seconds() - before) / max(1, figures["acked"])
        )
        return figures

    def start_load(self, **options) -> subprocess.Popen:
        self.gateways += 1
        device = self.lake.device(f"uplink{self.gateways}", "--gateway", "+", "--register")
        words = ["taskset", "-c", str(LOAD_CORE), program("mqtt_load")]
        words += ["--port", str(self.lake.server.address("mqtt")[1])]
        words += ["--username", device.username, "--client", f"{device.id}-{{n}}"]
        for name, value in options.items():
            words += [f"--{name}", str(value)]
        environment = {**os.environ, "MQTT_LOAD_PASSWORD": device.password}
        return subprocess.Popen(
            [str(word) for word in words], env=environment, stdout=subprocess.PIPE, text=True
        )

    def await_derived(self, messages: int, within_s: float = 300) -> None:
        """Returns when commits hold that many messages, whatever became of them."""
        begun = time.monotonic()
        while self.lake.metric("mobilake_prepare_conservation_records") < messages:
            assert time.monotonic() - begun < within_s, f"not all derived in {within_s} s"
            time.sleep(LOOK_EVERY_S)
